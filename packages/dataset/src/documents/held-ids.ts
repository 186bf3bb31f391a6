import { DatasetError } from '../errors.ts'
import { ignoredTarget } from '../part/part-batch.ts'
import type { WindowBatch } from '../reader/window-batch.ts'

/** The ids that one row holds of its text, before the filling. */
export interface HeldIds {
  /** Number of inputs that are ids of the text. */
  readonly inputs: number
  /** Number of ids of the text: one more than `inputs` where the last target is an id too. */
  readonly ids: number
}

/** The vocabulary and shape that rows are checked against. */
export interface RowBounds {
  readonly maxLength: number
  readonly vocabSize: number
}

/**
 * Counts the ids of an unpacked row. Targets are the inputs shifted by one, and −100 past the text's last id: so a row
 * with n targets holds n + 1 ids, whether it is filled up or not.
 *
 * @throws DatasetError `corrupt` where the row cannot be one of a dataset.
 */
export function heldIds(batch: WindowBatch, row: number, { maxLength, vocabSize }: RowBounds): HeldIds {
  const start = row * maxLength
  let targets = maxLength
  while (targets > 0 && batch.targetIds[start + targets - 1] === ignoredTarget) targets--
  for (let at = 0; at < targets; at++) {
    const target = batch.targetIds[start + at]!
    const shifted = at === targets - 1 || target === batch.inputIds[start + at + 1]
    if (!shifted || !isId(target, vocabSize)) throw wrongRow(batch, row)
  }
  if (!isId(batch.inputIds[start]!, vocabSize)) throw wrongRow(batch, row)
  const inputs = Math.min(maxLength, targets + 1)
  if (inputs > targets && !isId(batch.inputIds[start + targets]!, vocabSize)) throw wrongRow(batch, row)
  return { inputs, ids: targets + 1 }
}

/** Id `at` of an unpacked row: an input, or after the last one the last target. */
export function idAt(batch: WindowBatch, row: number, at: number, { maxLength }: RowBounds): number {
  const start = row * maxLength
  return at === 0 ? batch.inputIds[start]! : batch.targetIds[start + at - 1]!
}

/** Whether a number is an id of the vocabulary. */
export function isId(value: number, vocabSize: number): boolean {
  return value >= 0 && value < vocabSize
}

/** The error for a row whose ids are not those of a window. */
export function wrongRow({ firstWindow }: WindowBatch, row: number): DatasetError {
  return new DatasetError(
    'corrupt',
    `Row ${firstWindow + row} is not a window: its targets are not its inputs shifted by one, or not ids of the ` +
      'vocabulary; make the dataset again',
  )
}
