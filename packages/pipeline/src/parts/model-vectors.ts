import type { DatasetStorage } from '@sluice/dataset'
import {
  openModelRunner,
  type FirstBlock,
  type IdWindows,
  type ModelEmbedding,
  type ModelRunner,
  type OrtProvider,
  type SharedRows,
} from '@sluice/embedding'
import type { PlannedModel } from '../plan/planned-model.ts'
import { modelFileNames } from '../model/publish-model.ts'
import { reopenModel } from '../model/run-model.ts'
import type { Plan } from '../plan/plan.ts'
import { graphProviderOf, type RunProvider } from '../plan/run-provider.ts'
import { openLocalTables } from '../tables/local-tables.ts'
import { RowBatch } from './row-batch.ts'
import type { RowVectors, VectorRequest } from './row-vectors.ts'
import { storedAs } from './stored-as.ts'

/** The columns that one call makes. */
type Vectors = Awaited<ReturnType<RowVectors['make']>>

/**
 * Opens the vectors of a model, from the copy in the run's folder: rows copied and computed by the kernel, or the graph of its family on a
 * provider of ONNX Runtime.
 */
export async function openModelVectors(
  plan: Plan,
  planned: PlannedModel,
  storage: DatasetStorage,
  {
    provider,
    shared,
  }: { readonly provider?: RunProvider | undefined; readonly shared?: SharedRows | undefined } = {},
): Promise<RowVectors> {
  const local = await openLocalTables(storage, Object.values(modelFileNames))
  const model = await reopenModel(local.directory, planned, shared)
  const close = async (): Promise<void> => {
    model.close()
    await local.close()
  }
  try {
    const block = planned.stage === 'first-block' ? await model.loadFirstBlock() : undefined
    const computes = computerOf(planned, block, provider)
    if (computes !== undefined) {
      const runner = await openModelRunner(model, { stage: planned.stage, provider: computes })
      return {
        provider: computes,
        make: runnerOf(plan, model, runner),
        async close() {
          await runner.close()
          await close()
        },
      }
    }
    const make = makerOf(plan, model, block)
    return {
      provider: 'rows',
      // eslint-disable-next-line @typescript-eslint/require-await -- other vectors wait for a device
      async make(request) {
        return make(request)
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** What computes: where last bits are a provider's own, the one of the plan; otherwise what this process was asked to. */
function computerOf(
  planned: PlannedModel,
  block: FirstBlock | undefined,
  provider: RunProvider | undefined,
): OrtProvider | undefined {
  return block?.isExact === false ? planned.provider : graphProviderOf(provider)
}

/** Makes vectors with a runner, in the part's own memory where that holds what the graph gives. */
function runnerOf(
  { layout }: Plan,
  model: ModelEmbedding,
  runner: ModelRunner,
): (request: VectorRequest) => Promise<Vectors> {
  const { dtype, dim } = layout
  const isBits = dtype !== 'f32' && dtype === model.dtype
  const { firstBlockWidth = 0 } = runner
  let blocks: Float32Array | Uint16Array = new Float32Array()
  return async ({ ids, windows, memory }) => {
    const size = ids.length * dim
    const inputsEmbeds = isBits ? memory.halves(size) : memory.floats(size)
    const blockSize = ids.length * firstBlockWidth
    if (blocks.length < blockSize) blocks = isBits ? new Uint16Array(blockSize) : new Float32Array(blockSize)
    const firstBlock = blocks.subarray(0, blockSize)
    let done = 0
    for (const window of windows()) {
      const end = done + window.ids.length
      await runner.run(window, {
        inputsEmbeds: inputsEmbeds.subarray(done * dim, end * dim),
        ...(firstBlockWidth > 0 && {
          firstBlock: firstBlock.subarray(done * firstBlockWidth, end * firstBlockWidth),
        }),
      })
      done = end
    }
    return {
      inputsEmbeds: asStored(dtype, inputsEmbeds, () => memory.halves(size)),
      ...(firstBlockWidth > 0 && {
        firstBlock: asStored(dtype, firstBlock, () => new Uint16Array(blockSize)),
      }),
    }
  }
}

/** Vectors as the dataset keeps them: bits are there already. */
function asStored(
  dtype: Plan['layout']['dtype'],
  vectors: Float32Array | Uint16Array,
  memory: () => Uint16Array,
): Float32Array | Uint16Array {
  if (!(vectors instanceof Float32Array) || dtype === 'f32') return vectors
  return storedAs(dtype, vectors, memory())
}

function makerOf(
  { layout }: Plan,
  model: ModelEmbedding,
  block: FirstBlock | undefined,
): (request: VectorRequest) => Vectors {
  const { dtype, dim } = layout
  // Where nothing is computed and nothing converted, rows are copied as they are stored.
  const isCopy = model.isPlain && dtype === model.dtype && block === undefined
  const batch = new RowBatch(model.rows)
  return ({ ids, windows, memory }) => {
    const size = ids.length * dim
    if (isCopy) {
      const own = batch.take(ids.length * model.rows.rowByteLength)
      if (own !== undefined) {
        model.rows.gatherStored(ids, own)
        return { inputsEmbeds: valuesOf(own, dtype) }
      }
      const inputsEmbeds = dtype === 'f32' ? memory.floats(size) : memory.halves(size)
      model.rows.gatherStored(ids, bytesOf(inputsEmbeds))
      return { inputsEmbeds }
    }
    const embeds = memory.floats(size)
    model.inputsEmbedsInto(ids, embeds)
    const inputsEmbeds = dtype === 'f32' ? embeds : storedAs(dtype, embeds, memory.halves(size))
    if (block === undefined) return { inputsEmbeds }
    const vectors = firstBlockOf(block, embeds, dim, windows())
    const half = new Uint16Array(dtype === 'f32' ? 0 : vectors.length)
    return { inputsEmbeds, firstBlock: storedAs(dtype, vectors, half) }
  }
}

/** What the first block receives of several texts, one after the other. */
function firstBlockOf(
  block: FirstBlock,
  embeds: Float32Array,
  dim: number,
  windows: readonly IdWindows[],
): Float32Array {
  if (windows.length === 1) return block.compute(embeds, windows[0]!)
  const vectors = new Float32Array((embeds.length / dim) * block.width)
  let done = 0
  for (const window of windows) {
    const end = done + window.ids.length
    vectors.set(block.compute(embeds.subarray(done * dim, end * dim), window), done * block.width)
    done = end
  }
  return vectors
}

function valuesOf(
  { buffer, byteOffset, byteLength }: Uint8Array,
  dtype: Plan['layout']['dtype'],
): Float32Array | Uint16Array {
  return dtype === 'f32'
    ? new Float32Array(buffer, byteOffset, byteLength / 4)
    : new Uint16Array(buffer, byteOffset, byteLength / 2)
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
