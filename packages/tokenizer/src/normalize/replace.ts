import type { TextPattern } from '../pretokenize/text-pattern.ts'
import type { Normalizer } from './normalizer.ts'

/** Replace: every match of a pattern by the same text. */
export function replaceWith(pattern: TextPattern, content: string): Normalizer {
  return {
    normalize: (text) => pattern.replace(text, content),
    mayChange: pattern.mayMatch,
    cutsBeforeSpace: pattern.endsBeforeSpace,
  }
}
