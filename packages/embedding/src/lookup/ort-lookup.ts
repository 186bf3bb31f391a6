import type { Tensor as OrtTensor } from 'onnxruntime-node'
import { encodeBfloat16 } from '@sluice/torch-random'
import type { Lookup, LookupPiece } from './lookup.ts'
import { openSession, type OrtSession } from './ort-session.ts'
import { loadOnnxRuntime } from './load-onnx-runtime.ts'
import type { OrtProvider } from './provider.ts'
import { runGraphOf } from './run-graph.ts'
import type { TableSource } from './table-source.ts'

/** Settings of a lookup that runs on ONNX Runtime. */
export interface OrtSettings {
  readonly provider: OrtProvider
  readonly threads: number
  /** Bytes of float32 output of one run. @default what suits the provider */
  readonly runBytes?: number | undefined
}

/** Small enough for the cache: the binding copies each result once more. */
const cachedRunBytes = 512 << 10
/** A run on a GPU costs half a millisecond, whatever its size (seen through Vulkan on an H200). */
const gpuRunBytes = 8 << 20

/** Looks up on a provider of ONNX Runtime. */
export async function createOrtLookup(source: TableSource, settings: OrtSettings): Promise<Lookup> {
  const { provider, runBytes = provider === 'cpu' ? cachedRunBytes : gpuRunBytes } = settings
  const { graph, hasPositions, output: result, widen } = runGraphOf(source)
  const session = await openSession({ ...source, graph }, settings)
  const { Tensor } = await loadOnnxRuntime()
  const dim = source.tables.token.embeddingDim
  const tokensPerRun = Math.max(1, Math.floor(runBytes / (dim * 4)))
  let words = new Int32Array()
  let sums = new Float32Array()
  let keeping: Promise<OrtSession> | undefined

  function feedsOf({
    inputIds,
    positionIds,
    rows,
    columns,
  }: Omit<LookupPiece, 'output'>): Record<string, OrtTensor> {
    const ids = new Tensor('int32', inputIds, [rows, columns])
    return hasPositions
      ? { input_ids: ids, position_ids: new Tensor('int32', positionIds, [1, columns]) }
      : { input_ids: ids }
  }

  return {
    provider,
    tokensPerRun,
    async run(piece) {
      const { rows, columns } = piece
      const { length } = piece.output
      if (!(piece.output instanceof Float32Array) && sums.length < length) sums = new Float32Array(length)
      const output = piece.output instanceof Float32Array ? piece.output : sums.subarray(0, length)
      const dims = [rows, columns, result.width]
      // The runtime writes into the given array and then copies it once more; the copy is dropped here.
      if (widen === undefined) {
        await session.run(feedsOf(piece), { [result.name]: new Tensor('float32', output, dims) })
      } else {
        const count = rows * columns * result.width
        if (words.length < count) words = new Int32Array(count)
        const taken = words.subarray(0, count)
        await session.run(feedsOf(piece), { [result.name]: new Tensor('int32', taken, dims) })
        widen(taken, output)
      }
      if (!(piece.output instanceof Float32Array)) encodeBfloat16(output, piece.output)
    },
    ...(provider === 'webgpu' && {
      async runOnDevice(piece: Omit<LookupPiece, 'output'>) {
        // Where results go is said when a session is made, so this takes another one, with its own copy of the tables on the device.
        keeping ??= openSession({ ...source, graph }, { ...settings, keepsOnDevice: true })
        return (await (await keeping).run(feedsOf(piece)))[result.name]!
      },
    }),
    async close() {
      await session.release()
      await (await keeping)?.release()
    },
  }
}
