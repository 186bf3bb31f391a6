import { charLength } from './code-point.ts'
import type { PreTokenizerStep } from './pieces.ts'
import { splitStep } from './split.ts'

/** FixedLength: cuts after every so many characters. */
export function fixedLength(characters: number): PreTokenizerStep {
  return splitStep(
    {
      // Where a piece ends depends on how much there is before it.
      beforeSpace: 'unknown',
      findMatches(bytes, start, end, emit) {
        for (let at = start; at < end;) {
          let next = at
          for (let count = 0; count < characters && next < end; count++) next += charLength(bytes[next]!)
          emit(at, next)
          at = next
        }
      },
    },
    'Isolated',
    false,
  )
}
