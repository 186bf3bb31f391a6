import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { decodeBfloat16, decodeFloat16 } from '@sluice/torch-random'
import type { FirstBlock } from '../model/first-block.ts'
import { buildModelGraph, type EmbeddingStage } from '../model/model-graph.ts'
import type { ModelEmbedding } from '../model/model-embedding.ts'
import type { IdWindows } from '../model/steps/position-rows.ts'
import { buildRowsGraph, hasWholeWords } from '../onnx/rows-graph.ts'
import { checkIds } from './check-ids.ts'
import { openSession } from './ort-session.ts'
import { loadOnnxRuntime } from './load-onnx-runtime.ts'
import type { OrtProvider } from './provider.ts'

/** What to run of a model, and where. */
export interface ModelRunnerOptions {
  readonly stage: EmbeddingStage
  /** @default 'cpu' */
  readonly provider?: OrtProvider
  /** Threads of one run. @default 1 */
  readonly threads?: number
}

/** A model's embedding on ONNX Runtime. */
export interface ModelRunner {
  /**
   * Runs windows of ids.
   *
   * @returns `[windows · length, width]`: values of the compute dtype
   * @throws EmbeddingError `id-out-of-range`
   */
  run(windows: IdWindows): Promise<Float32Array>
  /** Gives the session back. */
  close(): Promise<void>
}

/**
 * Opens a model's graph ({@link buildModelGraph}) on one provider. Rows that are taken as they are stored are moved as words, which
 * every device can, bfloat16 or not.
 *
 * @throws EmbeddingError `provider-unavailable` where the provider does not start, or lacks an operator in the model's dtype
 * (WebGPU has no bfloat16)
 */
export async function openModelRunner(
  model: ModelEmbedding,
  options: ModelRunnerOptions,
): Promise<ModelRunner> {
  const { stage, provider = 'cpu', threads = 1 } = options
  const { token } = model.tensors
  const path = await realpath(token.path)
  const folder = dirname(path)
  const shape = { embeddingDim: model.embeddingDim, dtype: model.rows.dtype }
  const isStored =
    stage === 'inputs-embeds' && model.takesRows && shape.dtype !== 'f32' && hasWholeWords(shape)
  const graph = isStored
    ? buildRowsGraph({
        ...shape,
        ...{ name: token.name, numEmbeddings: model.rows.numEmbeddings },
        ...{ location: path.slice(folder.length + 1), offset: token.offset },
      })
    : buildModelGraph(model, { stage, folder: dirname(token.path) })
  const firstBlock = stage === 'first-block' ? await model.loadFirstBlock() : undefined
  const session = await openSession({ graph, folder }, { provider, threads })
  const { Tensor } = await loadOnnxRuntime()
  const [name = ''] = session.outputNames
  return {
    async run(windows) {
      checkIds(windows.ids, model.rows.numEmbeddings, 'ids')
      const feeds = feedsOf(windows, firstBlock)
      const dims = [windows.ids.length / windows.length, windows.length]
      const given = session.inputNames.map((input) => [input, new Tensor('int32', feeds.get(input)!, dims)])
      const { data } = (await session.run(Object.fromEntries(given)))[name]!
      return widened(data as ArrayBufferView, isStored ? shape.dtype : undefined)
    },
    close: () => session.release(),
  }
}

function feedsOf(windows: IdWindows, firstBlock: FirstBlock | undefined): ReadonlyMap<string, Int32Array> {
  const { ids, attentionMask } = windows
  const rows = firstBlock?.rowsOf(windows) ?? []
  return new Map([
    ['input_ids', ids],
    ['attention_mask', attentionMask ? Int32Array.from(attentionMask) : new Int32Array(ids.length).fill(1)],
    ...rows.map((values, n) => [`rows_${n}`, values] as const),
  ])
}

/** Results of a half type arrive as their bits, in an array whose class depends on the version of Node; words are those of `stored`. */
function widened(data: ArrayBufferView, stored: 'f16' | 'bf16' | 'f32' | undefined): Float32Array {
  if (data instanceof Float32Array) return data
  const bits = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
  const values = new Float32Array(bits.length)
  const decode = stored === 'bf16' ? decodeBfloat16 : decodeFloat16
  decode(bits, values)
  return values
}
