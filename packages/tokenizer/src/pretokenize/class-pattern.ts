import { TextClass, textClassTable } from '../unicode/text-classes.ts'
import { charLength, codePointAt } from './code-point.ts'
import type { Matches } from './split.ts'
import { whiteSpaceTable } from './white-space.ts'

/** Tells characters by their code point. */
export type CharTest = (codePoint: number) => boolean

/** The test for one of the bits of {@link TextClass}. */
export function testOfClass(bits: number): CharTest {
  const classes = textClassTable()
  return (codePoint) => (classes[codePoint]! & bits) !== 0
}

/** The test for white space. */
export const isWhiteSpace: CharTest = (codePoint) => codePoint < 0x3001 && whiteSpaceTable[codePoint] === 1

/** The test for punctuation. */
export function punctuationTest(): CharTest {
  return testOfClass(TextClass.punctuation)
}

/** Finds characters: every one by itself, or runs of them. */
export function charMatches(test: CharTest, runs: boolean): Matches {
  return {
    // Every character decides for itself; white space alone is cut off.
    beforeSpace: test === isWhiteSpace ? 'border' : 'split',
    cutsAnywhere: true,
    findMatches(bytes, start, end, emit) {
      for (let at = start; at < end;) {
        let next = at + charLength(bytes[at]!)
        if (test(codePointAt(bytes, at))) {
          if (runs) while (next < end && test(codePointAt(bytes, next))) next += charLength(bytes[next]!)
          emit(at, next)
        }
        at = next
      }
    },
  }
}
