import { charLength } from '../pretokenize/code-point.ts'
import type { TextPattern } from '../pretokenize/text-pattern.ts'
import type { Normalizer } from './normalizer.ts'
import { replaceByte } from './replace-byte.ts'
import { replaceBytes } from './replace-bytes.ts'

const utf8 = new TextEncoder()

/** Replace: every match of a pattern by the same text. */
export function replaceWith(pattern: TextPattern, content: string): Normalizer {
  const { findMatches, asciiByte } = pattern
  const replacement = { findMatches, content: utf8.encode(content) }
  return {
    normalize: (text) => pattern.replace(text, content),
    ...(pattern.findsInBytes === true && {
      normalizeBytes: (bytes, start, end) =>
        asciiByte === undefined
          ? replaceBytes(replacement, bytes, start, end)
          : replaceByte(asciiByte, replacement.content, bytes, start, end),
    }),
    mayChange: pattern.mayMatch,
    cutsBeforeSpace: pattern.endsBeforeSpace,
    cutsAnywhere: pattern.isOneCharacter === true,
    keepsSpaces: pattern.hasNoSpace === true && /^[!-~]+$/.test(content),
    removesBeginning(text) {
      const bytes = utf8.encode(text)
      const firstEnd = charLength(bytes[0] ?? 0)
      let removes = false
      pattern.findMatches(bytes, 0, bytes.length, (start, end) => {
        if (start === 0) removes ||= content === '' ? end > 0 : end > firstEnd
      })
      return removes
    },
  }
}
