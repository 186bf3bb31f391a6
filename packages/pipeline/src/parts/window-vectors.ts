import type { IdWindows } from '@sluice/embedding'
import type { Plan } from '../plan/plan.ts'
import { wideIds, type PartBuffers } from './part-buffers.ts'
import type { VectorRequest } from './row-vectors.ts'

/** What vectors are made of for the first `rows` windows of the buffers. */
export function requestOfWindows(rows: number, buffers: PartBuffers, { config }: Plan): VectorRequest {
  const { positionIds, inputsEmbeds, halfEmbeds } = buffers
  const { maxLength, positions } = config
  const size = rows * maxLength
  return {
    ids: wideIds(buffers, size),
    positions: positions === 'restart' ? positionIds.subarray(0, size) : positionIds,
    windows: () => [windowsOf(rows, maxLength, positions, buffers)],
    memory: {
      floats: (count) => inputsEmbeds.subarray(0, count),
      halves: (count) => halfEmbeds.subarray(0, count),
    },
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
