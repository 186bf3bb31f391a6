import type { InferenceSession } from 'onnxruntime-node'
import type { Lookup, LookupPiece } from './lookup.ts'
import type { Provider } from './provider.ts'
import type { TableSource } from './table-source.ts'

/** Settings of a session. */
export interface OrtSettings {
  readonly provider: Exclude<Provider, 'wasm'>
  readonly threads: number
  readonly runBytes: number
}

/** Makes a session of ONNX Runtime on exactly the given provider. Errors are those of ONNX Runtime. */
export async function createOrtLookup(source: TableSource, settings: OrtSettings): Promise<Lookup> {
  const { InferenceSession: Session, Tensor } = await import('onnxruntime-node')
  const session = await Session.create(source.graph, sessionOptions(source, settings))
  const dim = source.tables.token.embeddingDim
  const hasPositions = source.tables.position !== undefined
  return {
    provider: settings.provider,
    tokensPerRun: Math.max(1, Math.floor(settings.runBytes / (dim * 4))),
    async run({ inputIds, positionIds, rows, columns, output }: LookupPiece) {
      const ids = new Tensor('int32', inputIds, [rows, columns])
      const feeds = hasPositions
        ? { input_ids: ids, position_ids: new Tensor('int32', positionIds, [1, columns]) }
        : { input_ids: ids }
      // The runtime writes into `output` and then copies it once more; the copy is dropped here.
      await session.run(feeds, { inputs_embeds: new Tensor('float32', output, [rows, columns, dim]) })
    },
    close: () => session.release(),
  }
}

function sessionOptions(
  { folder, memory }: TableSource,
  { provider, threads }: OrtSettings,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    ...(memory.length > 0 && { externalData: memory }),
    extra: {
      session: {
        // Idle threads of the pool would otherwise burn a core between runs.
        intra_op: { allow_spinning: '0' },
        // No operator may quietly run on the CPU instead.
        disable_cpu_ep_fallback: provider === 'cpu' ? '0' : '1',
        // Tables in files are mapped, not read: all sessions of the machine share one copy in the page cache.
        ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }),
      },
    },
  }
}
