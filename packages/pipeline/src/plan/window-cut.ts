import { countWindows } from '@sluice/dataloader'
import type { RunConfig } from './run-config.ts'

/**
 * How one text is cut into windows: the stream of all documents, or each document for itself. With `per: document` each document is
 * one window, as long as itself and `maxLength` at most.
 */
export type WindowCut = Pick<RunConfig, 'maxLength' | 'stride' | 'tail' | 'per'>

/**
 * The number of windows of a text of `length` ids. Full windows are those of `GPTDatasetV1`: starts
 * `range(0, length − maxLength, stride)`. With `tail: pad` one more follows at the next stride position, filled up, if
 * there is an id past the last full window's last target that it would have as a target. So with
 * `stride ≤ maxLength` every id but the text's first is a target of some window; with a larger stride the ids between
 * windows are left out as the stride says.
 */
export function countWindowsOfText(length: number, cut: WindowCut): number {
  if (cut.per === 'document') return 1
  const full = countWindows(length, cut)
  return cut.tail === 'pad' && leavesTargets(length, full, cut) ? full + 1 : full
}

function leavesTargets(length: number, full: number, { maxLength, stride }: WindowCut): boolean {
  const lastTarget = full === 0 ? 0 : (full - 1) * stride + maxLength
  return Math.max(lastTarget, full * stride) < length - 1
}

/** How many ids of the text come after the last window's last target; all of them where it has no window. */
export function countTailOfText(length: number, cut: WindowCut): number {
  if (cut.per === 'document') return Math.max(0, length - cut.maxLength)
  const windows = countWindowsOfText(length, cut)
  if (windows === 0) return length
  return Math.max(0, length - ((windows - 1) * cut.stride + cut.maxLength + 1))
}

/** A window's ids in its text: where they begin, and how many inputs and targets there are before the filling. */
export interface WindowSpan {
  readonly start: number
  readonly inputs: number
  readonly targets: number
}

/** Window `window` of a text of `length` ids. */
export function spanOfWindow(window: number, length: number, { maxLength, stride }: WindowCut): WindowSpan {
  const start = window * stride
  return {
    start,
    inputs: Math.min(maxLength, length - start),
    targets: Math.min(maxLength, length - start - 1),
  }
}
