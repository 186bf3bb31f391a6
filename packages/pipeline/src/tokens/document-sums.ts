import * as z from 'zod'
import type { RunConfig } from '../plan/run-config.ts'
import { documentRowLength } from './token-file.ts'
import { countTailOfText, countWindowsOfText, type WindowCut } from '../plan/window-cut.ts'

/** What the texts of several documents make, each cut for itself. */
export interface TextSums {
  readonly windows: number
  /** Ids after a document's last window, and all ids of a document without one. */
  readonly tailTokens: number
  /** Documents too short for a window; where each document is a row, those that are cut off. */
  readonly shortDocuments: number
}

/** The documents of one segment. Those at its ends may continue in other segments, so they are kept apart. */
export interface DocumentSums {
  /** Ids of the first row of the document table. */
  readonly firstLength: number
  /** Ids of the last row. */
  readonly lastLength: number
  /** Of all rows between those two. */
  readonly inner: TextSums
}

const count = z.int().nonnegative()

export const documentSumsSchema: z.ZodType<DocumentSums> = z.strictObject({
  firstLength: count,
  lastLength: count,
  inner: z.strictObject({ windows: count, tailTokens: count, shortDocuments: count }),
})

export const noSums: TextSums = { windows: 0, tailTokens: 0, shortDocuments: 0 }

/** The sums with one more text of `length` ids. */
export function addText(sums: TextSums, length: number, cut: WindowCut): TextSums {
  const windows = countWindowsOfText(length, cut)
  return {
    windows: sums.windows + windows,
    tailTokens: sums.tailTokens + countTailOfText(length, cut),
    shortDocuments: sums.shortDocuments + (isIncomplete(length, windows, cut) ? 1 : 0),
  }
}

/** A document that no row holds, or none as a whole. */
function isIncomplete(length: number, windows: number, cut: WindowCut): boolean {
  return cut.per === 'document' ? length > cut.maxLength : windows === 0
}

/** Both sums together. */
export function addSums(left: TextSums, right: TextSums): TextSums {
  return {
    windows: left.windows + right.windows,
    tailTokens: left.tailTokens + right.tailTokens,
    shortDocuments: left.shortDocuments + right.shortDocuments,
  }
}

/** Ids that stand between the end of a document and the first id of the next in a segment's file. */
export function gapOf({ separator }: Pick<RunConfig, 'separator'>): 0 | 1 {
  return separator === 'between' ? 1 : 0
}

/**
 * Ids of document `row` that a segment of `tokens` ids holds. A separator after a document is its last id; one between
 * two documents is of neither.
 */
export function lengthOfRow(table: ArrayLike<number>, row: number, tokens: number, gap: 0 | 1): number {
  const first = table[row * documentRowLength]!
  const next = (row + 1) * documentRowLength
  return next < table.length ? table[next]! - gap - first : tokens - first
}

/** Sums up a segment's document table. */
export function sumDocuments(
  table: ArrayLike<number>,
  tokens: number,
  gap: 0 | 1,
  cut: WindowCut,
): DocumentSums {
  const rows = table.length / documentRowLength
  if (rows === 0) return { firstLength: 0, lastLength: 0, inner: noSums }
  let inner = { ...noSums }
  for (let row = 1; row < rows - 1; row++) inner = addText(inner, lengthOfRow(table, row, tokens, gap), cut)
  return {
    firstLength: lengthOfRow(table, 0, tokens, gap),
    lastLength: lengthOfRow(table, rows - 1, tokens, gap),
    inner,
  }
}
