import type { BatchMemory } from '../source/batch-memory.ts'
import type { KeptTexts } from '../source/window-source.ts'

/**
 * One batch: flat typed arrays, row-major. Not to be written to: they may be views of the ids, of a kept record batch, or of
 * the caller's `output`.
 */
export interface Batch {
  readonly epoch: number
  /** Place of the batch in its epoch, from 0. */
  readonly step: number
  /** `[rows, maxLength]`: the shape of `inputIds` and `targetIds`. */
  readonly shape: readonly [rows: number, maxLength: number]
  /** The numbers of the windows, one for each row. */
  readonly windows: Float64Array
  readonly inputIds: Int32Array | Uint16Array
  /** The inputs shifted by one id. */
  readonly targetIds: Int32Array | Uint16Array
  /** `[rows, maxLength, dim]`; `Float32Array`, or bits of f16 and bf16. */
  readonly inputsEmbeds?: Float32Array | Uint16Array
  /**
   * `[rows, maxLength, width]`: what the model's first block receives, where the dataset has it. Not to be passed as `inputs_embeds`: the
   * model would add its positions twice.
   */
  readonly firstBlock?: Float32Array | Uint16Array
  /** `[rows, maxLength]`, where the dataset has them. */
  readonly positionIds?: Int32Array
  /** `[rows, maxLength]`, where the dataset has them. */
  readonly documentIds?: Int32Array
  /** What the document of each row carries along, for each of the loader's `columns`: one text a row, or null. */
  readonly kept?: KeptTexts
}

/** A batch around memory that has exactly its rows. */
export function makeBatch(
  place: { readonly epoch: number; readonly step: number; readonly maxLength: number },
  windows: Float64Array,
  memory: BatchMemory,
  kept?: KeptTexts,
): Batch {
  const { inputIds, targetIds, inputsEmbeds, firstBlock, positionIds, documentIds } = memory
  return {
    epoch: place.epoch,
    step: place.step,
    shape: [windows.length, place.maxLength],
    windows,
    inputIds,
    targetIds,
    ...(inputsEmbeds === undefined ? {} : { inputsEmbeds }),
    ...(firstBlock === undefined ? {} : { firstBlock }),
    ...(positionIds === undefined ? {} : { positionIds }),
    ...(documentIds === undefined ? {} : { documentIds }),
    ...(kept === undefined ? {} : { kept }),
  }
}
