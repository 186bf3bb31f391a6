import { isWordChar } from '../unicode/text-classes.ts'
import { charMatches, isWhiteSpace } from './class-pattern.ts'
import { charLength, codePointAt } from './code-point.ts'
import type { PreTokenizerStep } from './pieces.ts'
import { splitStep } from './split.ts'

/** WhitespaceSplit: cuts at white space, which is removed. */
export const whitespaceSplit: PreTokenizerStep = splitStep(charMatches(isWhiteSpace, false), 'Removed', false)

/** Whitespace: words, and runs of what is neither of words nor white space (`\w+|[^\w\s]+`). */
export const whitespace: PreTokenizerStep = splitStep(
  {
    beforeSpace: 'border',
    findMatches(bytes, start, end, emit) {
      for (let at = start; at < end;) {
        const code = codePointAt(bytes, at)
        let next = at + charLength(bytes[at]!)
        if (!isWhiteSpace(code)) {
          const isWord = isWordChar(code)
          for (; next < end; next += charLength(bytes[next]!)) {
            const other = codePointAt(bytes, next)
            if (isWhiteSpace(other) || isWordChar(other) !== isWord) break
          }
          emit(at, next)
        }
        at = next
      }
    },
  },
  'Removed',
  true,
)
