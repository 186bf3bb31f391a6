import { EmbeddingError } from '../../errors.ts'
import type { RowRule } from '../recipe.ts'

/** Windows of ids, row by row. */
export interface IdWindows {
  /** `[windows, length]`, row-major. */
  readonly ids: Int32Array
  /** Tokens of each window. */
  readonly length: number
  /** `[windows, length]`: 1 for text, 0 for padding. @default all text */
  readonly attentionMask?: Uint8Array
  /** `[windows, length]`: positions as a caller passes `position_ids`. @default counted as the model does by itself */
  readonly positionIds?: Int32Array
}

/** Facts that a row rule needs beside the ids. */
export interface RowContext {
  /** Added to every row number. */
  readonly offset: number
  /** The id that `not-padding` counts around. */
  readonly padTokenId: number
  /** Rows of the table, to refuse windows that are too long. */
  readonly tableRows: number
  /** Name of the table, for messages. */
  readonly table: string
}

/** Returns the longest window for which a table has a row for every token. */
export function longestWindow(
  rule: RowRule,
  { offset, padTokenId, tableRows }: Omit<RowContext, 'table'>,
): number {
  switch (rule) {
    case 'zero':
      return tableRows > 0 ? Number.MAX_SAFE_INTEGER : 0
    case 'position':
    case 'mask':
      return Math.max(0, tableRows - offset)
    case 'not-padding':
      return Math.max(0, tableRows - padTokenId - 1)
  }
}

/**
 * Returns the row of a table that each token is given, as `[windows, length]`.
 *
 * @throws EmbeddingError `id-out-of-range` for windows that are longer than the table allows
 */
export function positionRows(
  rule: RowRule,
  { ids, length, attentionMask, positionIds }: IdWindows,
  context: RowContext,
): Int32Array {
  const longest = longestWindow(rule, context)
  if (length > longest) {
    throw new EmbeddingError(
      'id-out-of-range',
      `Windows of ${length} tokens need more rows than ${context.table} has (${context.tableRows})`,
      { hint: { option: 'maxLength', effect: `can be at most ${longest} for this model` } },
    )
  }
  const { offset, padTokenId } = context
  const rows = new Int32Array(ids.length)
  for (let start = 0; start < ids.length; start += length) {
    let count = 0
    for (let at = start; at < start + length; at++) {
      switch (rule) {
        case 'zero':
          break
        case 'position':
          rows[at] = (positionIds?.[at] ?? at - start) + offset
          break
        case 'mask':
          rows[at] = (attentionMask?.[at] === 0 ? -1 : (positionIds?.[at] ?? count++)) + offset
          break
        case 'not-padding':
          rows[at] = (ids[at] === padTokenId ? 0 : (positionIds?.[at] ?? count++) + 1) + padTokenId + offset
          break
      }
    }
  }
  return rows
}
