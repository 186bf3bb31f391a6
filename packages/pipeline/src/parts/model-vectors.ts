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
import { wideIds, type PartBuffers } from './part-buffers.ts'
import type { RowVectors } from './row-vectors.ts'
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
      async make(rows, buffers) {
        return make(rows, buffers)
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
  { config, layout }: Plan,
  model: ModelEmbedding,
  runner: ModelRunner,
): (rows: number, buffers: PartBuffers) => Promise<Vectors> {
  const { maxLength } = config
  const { dtype, dim } = layout
  const isBits = dtype !== 'f32' && dtype === model.dtype
  const { firstBlockWidth = 0 } = runner
  let blocks: Float32Array | Uint16Array = new Float32Array()
  return async (rows, buffers) => {
    const size = rows * maxLength
    const inputsEmbeds = (isBits ? buffers.halfEmbeds : buffers.inputsEmbeds).subarray(0, size * dim)
    const blockSize = size * firstBlockWidth
    if (blocks.length < blockSize) blocks = isBits ? new Uint16Array(blockSize) : new Float32Array(blockSize)
    const firstBlock = blocks.subarray(0, blockSize)
    await runner.run(windowsOf(rows, maxLength, config.positions, buffers), {
      inputsEmbeds,
      ...(firstBlockWidth > 0 && { firstBlock }),
    })
    return {
      inputsEmbeds: asStored(dtype, inputsEmbeds, buffers.halfEmbeds),
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
  memory: Uint16Array | (() => Uint16Array),
): Float32Array | Uint16Array {
  if (!(vectors instanceof Float32Array) || dtype === 'f32') return vectors
  return storedAs(dtype, vectors, memory instanceof Uint16Array ? memory : memory())
}

function makerOf(
  { config, layout }: Plan,
  model: ModelEmbedding,
  block: FirstBlock | undefined,
): (rows: number, buffers: PartBuffers) => Vectors {
  const { maxLength } = config
  const { dtype, dim } = layout
  // Where nothing is computed and nothing converted, rows are copied as they are stored.
  const isCopy = model.isPlain && dtype === model.dtype && block === undefined
  return (rows, buffers) => {
    const size = rows * maxLength
    const ids = wideIds(buffers, size)
    const target = dtype === 'f32' ? buffers.inputsEmbeds : buffers.halfEmbeds
    if (isCopy) {
      const inputsEmbeds = target.subarray(0, size * dim)
      model.rows.gatherStored(ids, bytesOf(inputsEmbeds))
      return { inputsEmbeds }
    }
    const embeds = buffers.inputsEmbeds.subarray(0, size * dim)
    model.inputsEmbedsInto(ids, embeds)
    const inputsEmbeds = storedAs(dtype, embeds, buffers.halfEmbeds)
    if (block === undefined) return { inputsEmbeds }
    const vectors = block.compute(embeds, windowsOf(rows, maxLength, config.positions, buffers))
    const half = new Uint16Array(dtype === 'f32' ? 0 : vectors.length)
    return { inputsEmbeds, firstBlock: storedAs(dtype, vectors, half) }
  }
}

/** The rows as a model is given them: filling is masked. */
function windowsOf(
  rows: number,
  length: number,
  positions: Plan['config']['positions'],
  buffers: PartBuffers,
): IdWindows {
  const { positionIds, filled } = buffers
  const size = rows * length
  const isFull = filled.subarray(0, rows).every((count) => count === length)
  const attentionMask = new Uint8Array(isFull ? 0 : size).fill(1)
  if (!isFull) {
    for (let row = 0; row < rows; row++)
      attentionMask.fill(0, row * length + filled[row]!, (row + 1) * length)
  }
  return {
    ids: wideIds(buffers, size),
    length,
    ...(!isFull && { attentionMask }),
    ...(positions === 'restart' && { positionIds: positionIds.subarray(0, size) }),
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
