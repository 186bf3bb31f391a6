import { validLength } from '../invalid-utf8.ts'
import type { TextPattern } from '../pretokenize/text-pattern.ts'
import { mostNormalizedBytes, tooMuchText } from './too-much-text.ts'

/** What is replaced by what. */
export interface BytesReplacement extends Pick<TextPattern, 'findMatches'> {
  readonly content: Uint8Array
  /** Bytes that a text may become. @default as many as a string can have characters */
  readonly most?: number
}

/**
 * The text with `content` for every match.
 *
 * @throws TypeError for bytes that are not UTF-8; TokenizerError for more text than there can be
 */
export function replaceBytes(
  { findMatches, content, most = mostNormalizedBytes }: BytesReplacement,
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  if (validLength(bytes, start, end) < end - start) throw new TypeError('Expected UTF-8')
  let out = new Uint8Array(end - start)
  let length = 0
  let copied = start
  findMatches(bytes, start, end, (from, to) => {
    const needed = length + (from - copied) + content.length + (end - to)
    if (needed > most) throw tooMuchText(end - start)
    if (needed > out.length) {
      const longer = new Uint8Array(Math.max(needed, out.length + (out.length >> 1)))
      longer.set(out.subarray(0, length))
      out = longer
    }
    // Runs are short, and a call for each would take longer.
    while (copied < from) out[length++] = bytes[copied++]!
    for (let i = 0; i < content.length; i++) out[length++] = content[i]!
    copied = to
  })
  while (copied < end) out[length++] = bytes[copied++]!
  return out.subarray(0, length)
}
