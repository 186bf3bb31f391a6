import type { InferenceSession, InferenceSessionFactory } from 'onnxruntime-node'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { embeddingFileNames, type EmbeddingTables } from '../embedding-files.ts'
import { buildEmbeddingGraph, type GraphTables, type TableLocation } from '../onnx/embedding-graph.ts'
import { bytesOf, type EmbeddingTable } from '../table.ts'
import type { Lookup, LookupPiece } from './lookup.ts'

/** Where the tables are: in a folder written by `writeEmbeddingFiles`, or in memory. */
export type TableSource =
  | { readonly kind: 'files'; readonly directory: string; readonly tables: GraphTables }
  | { readonly kind: 'memory'; readonly tables: EmbeddingTables }

/** Settings of a session. */
export interface OrtSettings {
  readonly provider: string
  readonly threads: number
  readonly runBytes: number
}

/** Makes a session of ONNX Runtime on exactly the given provider. Errors are those of ONNX Runtime. */
export async function createOrtLookup(source: TableSource, settings: OrtSettings): Promise<Lookup> {
  const { InferenceSession: Session, Tensor } = await import('onnxruntime-node')
  const options = sessionOptions(settings)
  const session =
    source.kind === 'files'
      ? await Session.create(await graphPath(source.directory), options)
      : await createInMemory(Session, source.tables, options)
  const dim =
    source.kind === 'files' ? source.tables.token.embeddingDim : source.tables.tokenTable.embeddingDim
  const hasPositions = session.inputNames.includes('position_ids')
  return {
    provider: settings.provider,
    tokensPerRun: Math.max(1, Math.floor(settings.runBytes / (dim * 4))),
    async run({ inputIds, positionIds, rows, columns, output }: LookupPiece) {
      const ids = new Tensor('int32', inputIds, [rows, columns])
      const feeds = hasPositions
        ? { input_ids: ids, position_ids: new Tensor('int32', positionIds, [1, columns]) }
        : { input_ids: ids }
      // The runtime writes into `output` and then makes a copy of its own, which is dropped here.
      await session.run(feeds, { inputs_embeds: new Tensor('float32', output, [rows, columns, dim]) })
    },
    close: () => session.release(),
  }
}

function sessionOptions({ provider, threads }: OrtSettings): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: {
      session: {
        // Idle threads of the pool would otherwise burn a core between runs.
        intra_op: { allow_spinning: '0' },
        // No operator may quietly run on the CPU instead.
        disable_cpu_ep_fallback: provider === 'cpu' ? '0' : '1',
      },
    },
  }
}

/**
 * By path the tables are mapped, not read, and all sessions of the machine share one copy in the page cache.
 * Symlinks that leave the model's folder are refused by ONNX Runtime, so it is given the real one.
 */
async function graphPath(directory: string): Promise<string> {
  return join(await realpath(directory), embeddingFileNames.graph)
}

function createInMemory(
  Session: InferenceSessionFactory,
  { tokenTable, positionTable }: EmbeddingTables,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const token = inMemory(embeddingFileNames.token, tokenTable)
  const position = positionTable && inMemory(embeddingFileNames.position, positionTable)
  const graph = buildEmbeddingGraph({ token: token.place, position: position?.place })
  const externalData = position ? [token.file, position.file] : [token.file]
  return Session.create(graph, { ...options, externalData })
}

function inMemory(
  name: string,
  { numEmbeddings, embeddingDim, weight }: EmbeddingTable,
): { place: TableLocation; file: { path: string; data: Uint8Array } } {
  return {
    place: { name, numEmbeddings, embeddingDim, location: name, offset: 0 },
    file: { path: name, data: unshared(weight) },
  }
}

/** The binding takes no shared memory for model data. */
function unshared(weight: Float32Array): Uint8Array {
  const bytes = bytesOf(weight)
  return bytes.buffer instanceof ArrayBuffer ? bytes : new Uint8Array(bytes)
}
