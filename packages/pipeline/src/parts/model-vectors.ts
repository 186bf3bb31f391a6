import type { DatasetStorage } from '@sluice/dataset'
import type { FirstBlock, IdWindows, ModelEmbedding, SharedRows } from '@sluice/embedding'
import type { PlannedModel } from '../plan/planned-model.ts'
import { modelFileNames } from '../model/publish-model.ts'
import { reopenModel } from '../model/run-model.ts'
import type { Plan } from '../plan/plan.ts'
import { openLocalTables } from '../tables/local-tables.ts'
import { wideIds, type PartBuffers } from './part-buffers.ts'
import type { RowVectors } from './row-vectors.ts'
import { storedAs } from './stored-as.ts'

/** Opens the vectors of a model, from the copy in the run's folder. */
export async function openModelVectors(
  plan: Plan,
  planned: PlannedModel,
  storage: DatasetStorage,
  shared?: SharedRows,
): Promise<RowVectors> {
  const local = await openLocalTables(storage, Object.values(modelFileNames))
  const model = await reopenModel(local.directory, planned, shared)
  const block = planned.stage === 'first-block' ? await model.loadFirstBlock() : undefined
  const make = makerOf(plan, model, block)
  return {
    provider: 'rows',
    // eslint-disable-next-line @typescript-eslint/require-await -- other vectors wait for a device
    async make(rows, buffers) {
      return make(rows, buffers)
    },
    async close() {
      model.close()
      await local.close()
    },
  }
}

function makerOf(
  { config, layout }: Plan,
  model: ModelEmbedding,
  block: FirstBlock | undefined,
): (rows: number, buffers: PartBuffers) => Awaited<ReturnType<RowVectors['make']>> {
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
