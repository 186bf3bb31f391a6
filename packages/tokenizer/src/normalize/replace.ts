import type { TextPattern } from '../pretokenize/text-pattern.ts'
import type { Normalizer } from './normalizer.ts'

const utf8 = new TextEncoder()

/** Replace: every match of a pattern by the same text. */
export function replaceWith(pattern: TextPattern, content: string): Normalizer {
  return {
    normalize: (text) => pattern.replace(text, content),
    mayChange: pattern.mayMatch,
    cutsBeforeSpace: pattern.endsBeforeSpace,
    beginning(text) {
      const bytes = utf8.encode(text)
      let matched = false
      let isEmpty = false
      pattern.findMatches(bytes, 0, bytes.length, (start, end) => {
        if (start === 0) [matched, isEmpty] = [true, end === 0]
      })
      if (!matched || (isEmpty && content === '')) return 'kept'
      return content === '' ? 'removed' : 'added'
    },
  }
}
