import type { Pieces, PreTokenizerStep } from './pieces.ts'
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
export interface Matches extends Pick<TextPattern, 'findMatches'>, Pick<PreTokenizerStep, 'beforeSpace'> {}

/** What a pattern finds in a piece: matches and what lies between them, one after the other. */
interface Spans {
  readonly ends: number[]
  readonly isMatch: boolean[]
}

/** Adds the pieces that the spans of one piece, from `start` on, make. */
type Arrange = (spans: Spans, start: number, to: Pieces) => void

/** Split: cuts each piece at the matches of a pattern; with `invert`, what lies between matches counts as the match. */
export function splitStep(
  { findMatches, beforeSpace }: Matches,
  behavior: SplitBehavior,
  invert: boolean,
): PreTokenizerStep {
  const arrange = arrangements[behavior]
  return {
    beforeSpace,
    keepsText: behavior !== 'Removed',
    cut(from, to) {
      to.reset(from.bytes, from.isFirst)
      for (let i = 0; i < from.count; i++) {
        const start = from.starts[i]!
        const end = from.ends[i]!
        const ends: number[] = []
        const isMatch: boolean[] = []
        let last = start
        findMatches(from.bytes, start, end, (matchStart, matchEnd) => {
          if (matchStart > last) {
            ends.push(matchStart)
            isMatch.push(invert)
          }
          ends.push(matchEnd)
          isMatch.push(!invert)
          last = matchEnd
        })
        if (last < end) {
          ends.push(end)
          isMatch.push(invert)
        }
        arrange({ ends, isMatch }, start, to)
      }
      to.isFirst &&= to.starts[0] === from.starts[0]
    },
  }
}

const arrangements: Readonly<Record<SplitBehavior, Arrange>> = {
  Removed({ ends, isMatch }, start, to) {
    for (const [i, end] of ends.entries()) {
      if (!isMatch[i]!) to.push(start, end)
      start = end
    }
  },
  Isolated({ ends }, start, to) {
    for (const end of ends) {
      to.push(start, end)
      start = end
    }
  },
  MergedWithPrevious({ ends, isMatch }, start, to) {
    // A match joins the span before it, unless that is a match as well.
    for (const [i, end] of ends.entries()) {
      if (i + 1 < ends.length && isMatch[i + 1]! && !isMatch[i]!) continue
      to.push(start, end)
      start = end
    }
  },
  MergedWithNext({ ends, isMatch }, start, to) {
    // A match joins the span after it, unless that is a match as well.
    for (const [i, end] of ends.entries()) {
      if (i + 1 < ends.length && isMatch[i]! && !isMatch[i + 1]!) continue
      to.push(start, end)
      start = end
    }
  },
  Contiguous({ ends, isMatch }, start, to) {
    for (const [i, end] of ends.entries()) {
      if (i + 1 < ends.length && isMatch[i + 1] === isMatch[i]) continue
      to.push(start, end)
      start = end
    }
  },
}
