import { CharClass, classTable } from '../unicode/classes.ts'
import { clipWords, clipWordsExpression, clipWordsWithTokensExpression } from './clip.ts'
import { charLength, codePointAt } from './code-point.ts'
import { deepSeekWords, deepSeekWordsExpression } from './deepseek.ts'
import type { Matches } from './split.ts'

/** Expressions of published tokenizers that are found without an expression, which is much faster. */
const known: ReadonlyMap<string, () => Matches> = new Map([
  [String.raw`\p{N}{1,3}`, () => runsOf((code) => classTable()[code] === CharClass.number, 3)],
  ['[0-9][0-9][0-9]', asciiDigitTriples],
  [
    '[一-龥぀-ゟ゠-ヿ]+',
    () =>
      runsOf((code) => (code >= 0x4e00 && code <= 0x9fa5) || (code >= 0x3040 && code <= 0x30ff), Infinity),
  ],
  [deepSeekWordsExpression, () => deepSeekWords],
  [clipWordsExpression, () => clipWords(false)],
  [clipWordsWithTokensExpression, () => clipWords(true)],
])

/** The matches of an expression, where there is a scanner for it. */
export function findKnownMatches(expression: string): Matches | undefined {
  return known.get(expression)?.()
}

/** Runs of at most `most` characters that pass a test. */
function runsOf(test: (codePoint: number) => boolean, most: number): Matches {
  return {
    beforeSpace: 'split',
    findMatches(bytes, start, end, emit) {
      for (let at = start; at < end;) {
        let next = at + charLength(bytes[at]!)
        if (test(codePointAt(bytes, at))) {
          for (let count = 1; count < most && next < end && test(codePointAt(bytes, next)); count++)
            next += charLength(bytes[next]!)
          emit(at, next)
        }
        at = next
      }
    },
  }
}

function asciiDigitTriples(): Matches {
  const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39
  return {
    beforeSpace: 'split',
    findMatches(bytes, start, end, emit) {
      for (let at = start; at + 3 <= end; at++) {
        if (!isDigit(bytes[at]) || !isDigit(bytes[at + 1]) || !isDigit(bytes[at + 2])) continue
        emit(at, at + 3)
        at += 2
      }
    },
  }
}
