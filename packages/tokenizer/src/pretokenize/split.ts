import { Pieces, type PreTokenizerStep } from './pieces.ts'
import type { TextPattern } from './text-pattern.ts'

/** What becomes of the matches of a pattern. */
export const splitBehaviors = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
] as const
export type SplitBehavior = (typeof splitBehaviors)[number]

/** A pattern's matches, and what a split at them makes of spaces. */
export interface Matches
  extends
    Pick<TextPattern, 'findMatches' | 'runLimited'>,
    Pick<PreTokenizerStep, 'beforeSpace' | 'cutsAnywhere'> {}

/** Takes what a pattern finds in a piece, matches and what lies between them, one after the other, and adds the pieces they make. */
interface Arrangement {
  readonly add: (to: Pieces, start: number, end: number, isMatch: boolean) => void
  /** After the last one of a piece. */
  readonly finish: (to: Pieces) => void
}

/** Split: cuts each piece at the matches of a pattern; with `invert`, what lies between matches counts as the match. */
export function splitStep(
  { findMatches, runLimited, beforeSpace, cutsAnywhere = false }: Matches,
  behavior: SplitBehavior,
  invert: boolean,
): PreTokenizerStep {
  const { add, finish } = arrangements[behavior]()
  // Pieces are many and short: nothing is made for one of them.
  let to = new Pieces()
  let last = 0
  const addMatch = (start: number, end: number): void => {
    if (start > last) add(to, last, start, invert)
    add(to, start, end, !invert)
    last = end
  }
  const cutPieces = ({ bytes, starts, ends, count }: Pieces): void => {
    for (let i = 0; i < count; i++) {
      const end = ends[i]!
      last = starts[i]!
      findMatches(bytes, last, end, addMatch)
      if (last < end) add(to, last, end, invert)
      finish(to)
    }
  }
  return {
    beforeSpace,
    cutsAnywhere,
    keepsText: behavior !== 'Removed',
    cut(from, target) {
      const { bytes, starts, ends, count } = from
      to = target
      to.reset(bytes, from.isFirst)
      if (runLimited === undefined || count === 0) cutPieces(from)
      else runLimited(ends[count - 1]! - starts[0]!, () => cutPieces(from))
      to.isFirst &&= to.starts[0] === from.starts[0]
    },
  }
}

const doNothing = (): void => {}

const arrangements: Readonly<Record<SplitBehavior, () => Arrangement>> = {
  Removed: () => ({
    add(to, start, end, isMatch) {
      if (!isMatch) to.push(start, end)
    },
    finish: doNothing,
  }),
  Isolated: () => ({ add: (to, start, end) => to.push(start, end), finish: doNothing }),
  // A match joins the span before it, unless that is a match as well.
  MergedWithPrevious: () => joining((isMatch, wasMatch) => isMatch && !wasMatch),
  // A match joins the span after it, unless that is a match as well.
  MergedWithNext: () => joining((isMatch, wasMatch) => !isMatch && wasMatch),
  Contiguous: () => joining((isMatch, wasMatch) => isMatch === wasMatch),
}

/** Makes one piece of neighbours, as long as `joins` says of each and the one before it. */
function joining(joins: (isMatch: boolean, wasMatch: boolean) => boolean): Arrangement {
  let first = -1
  let lastEnd = 0
  let wasMatch = false
  return {
    add(to, start, end, isMatch) {
      if (first < 0) {
        first = start
      } else if (!joins(isMatch, wasMatch)) {
        to.push(first, lastEnd)
        first = start
      }
      lastEnd = end
      wasMatch = isMatch
    },
    finish(to) {
      if (first >= 0) to.push(first, lastEnd)
      first = -1
    },
  }
}
