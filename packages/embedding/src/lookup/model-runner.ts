import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { FirstBlock } from '../model/first-block.ts'
import { buildModelGraph, type EmbeddingStage } from '../model/model-graph.ts'
import type { ModelEmbedding } from '../model/model-embedding.ts'
import type { IdWindows } from '../model/steps/position-rows.ts'
import { buildRowsGraph, hasWholeWords } from '../onnx/rows-graph.ts'
import { storedFormats } from '../dtype.ts'
import { checkIds } from './check-ids.ts'
import { checkAgainstKernel, refuseOverflow, type VectorTargets } from './check-vectors.ts'
import { OutputMemory, type OutputForm } from './ort-output.ts'
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
  /** Bytes of float32 output of one run; at least one window is run. @default what suits the provider */
  readonly runBytes?: number
}

/** A model's embedding on ONNX Runtime. */
export interface ModelRunner {
  readonly provider: OrtProvider
  /** Numbers of a token in `first_block`; undefined where the stage does not make it. */
  readonly firstBlockWidth: number | undefined
  /**
   * Runs windows of ids, some at a time, and writes their vectors to the caller's memory. The first windows are computed by the kernel
   * as well: a provider whose bits are others is refused.
   *
   * @throws EmbeddingError `id-out-of-range`, `overflow`, `provider-unavailable`
   */
  run(windows: IdWindows, targets: VectorTargets): Promise<void>
  /** Gives the session back. */
  close(): Promise<void>
}

/** Small enough for the cache: the binding copies each result once more. */
const cachedRunBytes = 512 << 10
/** A run on a GPU costs half a millisecond, whatever its size (seen through Vulkan on an H200). */
const gpuRunBytes = 8 << 20

/**
 * Opens a model's graph ({@link buildModelGraph}) on one provider. Its tables stay in the checkpoint, which ONNX Runtime maps on `cpu`: sessions
 * of all threads and processes share one copy. Rows that are taken as they are stored are moved as words, which every device can,
 * bfloat16 or not.
 *
 * @throws EmbeddingError `provider-unavailable` where the provider does not start, or lacks an operator in the model's dtype
 * (WebGPU has no bfloat16)
 */
export async function openModelRunner(
  model: ModelEmbedding,
  options: ModelRunnerOptions,
): Promise<ModelRunner> {
  const { stage, provider = 'cpu', threads = 1 } = options
  const { runBytes = provider === 'cpu' ? cachedRunBytes : gpuRunBytes } = options
  const firstBlock = stage === 'first-block' ? await model.loadFirstBlock() : undefined
  const { graph, folder, outputs } = await graphOf(model, stage, firstBlock)
  const session = await openSession({ graph, folder }, { provider, threads })
  const { Tensor } = await loadOnnxRuntime()
  const memories = outputs.map((form) => new OutputMemory(form, Tensor))
  const widest = Math.max(model.embeddingDim, firstBlock?.width ?? 0)
  let isChecked = false

  async function runOnce(windows: IdWindows, targets: VectorTargets): Promise<void> {
    const { ids, length } = windows
    const dims = [ids.length / length, length] as const
    const values = feedsOf(windows, firstBlock)
    const feeds = session.inputNames.map((name) => [name, new Tensor('int32', values.get(name)!, dims)])
    const takers = outputs.map(
      ({ name }, n) => [name, memories[n]!.take(dims, targetOf(targets, name))] as const,
    )
    const results = takers.map(([name, { tensor }]) => [name, tensor] as const)
    // The runtime writes into the given arrays and then copies them once more; the copies are dropped here.
    await session.run(Object.fromEntries(feeds), Object.fromEntries(results))
    for (const [, taker] of takers) taker.finish()
  }

  return {
    provider,
    firstBlockWidth: firstBlock?.width,
    async run(windows, targets) {
      const { ids, length } = windows
      checkIds(ids, model.rows.numEmbeddings, 'ids')
      const perRun = Math.max(1, Math.floor(runBytes / (4 * length * widest)))
      for (let first = 0; first * length < ids.length; first += perRun) {
        const [start, end] = [first * length, Math.min(ids.length, (first + perRun) * length)]
        const [some, into] = [windowsOf(windows, start, end), targetsOf(targets, start, end, ids.length)]
        await runOnce(some, into)
        refuseOverflow(model, firstBlock, some, into)
        if (isChecked) continue
        checkAgainstKernel(model, firstBlock, { windows: some, targets: into, provider })
        isChecked = true
      }
    },
    close: () => session.release(),
  }
}

/** The graph of a stage, where its tables are, and what it gives. */
async function graphOf(
  model: ModelEmbedding,
  stage: EmbeddingStage,
  firstBlock: FirstBlock | undefined,
): Promise<{ readonly graph: Uint8Array; readonly folder: string; readonly outputs: readonly OutputForm[] }> {
  const { token } = model.tensors
  const { rows, dtype, embeddingDim } = model
  const path = await realpath(token.path)
  const folder = dirname(path)
  const shape = { embeddingDim, dtype: rows.dtype }
  if (stage === 'inputs-embeds' && model.takesRows && rows.dtype !== 'f32' && hasWholeWords(shape)) {
    const graph = buildRowsGraph({
      ...shape,
      ...{ name: token.name, numEmbeddings: rows.numEmbeddings },
      ...{ location: path.slice(folder.length + 1), offset: token.offset },
    })
    const width = (embeddingDim * storedFormats[rows.dtype].bytes) / 4
    return { graph, folder, outputs: [{ name: 'words', type: 'int32', width, dtype: rows.dtype }] }
  }
  const graph = buildModelGraph(model, { stage, folder: dirname(token.path), givesInputsEmbeds: true })
  const type = dtype === 'f16' ? 'float16' : 'float32'
  const outputs: OutputForm[] = [{ name: 'inputs_embeds', type, width: embeddingDim, dtype }]
  if (firstBlock !== undefined) outputs.push({ name: 'first_block', type, width: firstBlock.width, dtype })
  return { graph, folder, outputs }
}

function targetOf({ inputsEmbeds, firstBlock }: VectorTargets, name: string): Float32Array | Uint16Array {
  return name === 'first_block' ? firstBlock! : inputsEmbeds
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

function windowsOf(
  { ids, length, attentionMask, positionIds }: IdWindows,
  start: number,
  end: number,
): IdWindows {
  return {
    ids: ids.subarray(start, end),
    length,
    ...(attentionMask && { attentionMask: attentionMask.subarray(start, end) }),
    ...(positionIds && { positionIds: positionIds.subarray(start, end) }),
  }
}

function targetsOf(
  { inputsEmbeds, firstBlock }: VectorTargets,
  start: number,
  end: number,
  tokens: number,
): VectorTargets {
  const part = <A extends Float32Array | Uint16Array>(array: A): A => {
    const width = array.length / tokens
    return array.subarray(start * width, end * width) as A
  }
  return { inputsEmbeds: part(inputsEmbeds), ...(firstBlock && { firstBlock: part(firstBlock) }) }
}
