import { charAt } from './char-at.ts'
import { letters, lowerContractionLength, numbers, punctuation, runEnd } from './runs.ts'
import type { Matches } from './split.ts'

/** CLIP's words, as its published files have them. */
export const clipWordsExpression = String.raw`'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`
/** The same as transformers 5 writes them: two special tokens are words as well. */
export const clipWordsWithTokensExpression = String.raw`<\|startoftext\|>|<\|endoftext\|>|${clipWordsExpression}`

const utf8 = new TextEncoder()
const specialTokens = ['<|startoftext|>', '<|endoftext|>'].map((text) => utf8.encode(text))

/** The matches of CLIP's expression: contractions, runs of letters, every number, runs of what else is no white space. */
export function clipWords(hasTokens: boolean): Matches {
  return {
    // White space is in no match, and decides about none.
    beforeSpace: 'border',
    findMatches(bytes, start, end, emit) {
      for (let at = start; at < end;) {
        const char = charAt(bytes, at, end)
        const bit = 1 << (char & 15)
        let last = at + (char >> 4)
        if ((bit & letters) !== 0) {
          last = runEnd(bytes, last, end, letters)
        } else if ((bit & punctuation) !== 0) {
          const literal =
            lowerContractionLength(bytes, at, end) || (hasTokens ? tokenLength(bytes, at, end) : 0)
          last = literal > 0 ? at + literal : runEnd(bytes, last, end, punctuation)
        }
        if ((bit & (letters | punctuation | numbers)) !== 0) emit(at, last)
        at = last
      }
    },
  }
}

/** The length of the special token that begins at `at`, or 0. */
function tokenLength(bytes: Uint8Array, at: number, end: number): number {
  for (const token of specialTokens)
    if (at + token.length <= end && token.every((byte, i) => bytes[at + i] === byte)) return token.length
  return 0
}
