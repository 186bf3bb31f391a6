import { mostNormalizedBytes, tooMuchText } from './too-much-text.ts'
import { validLength } from '../invalid-utf8.ts'

/**
 * The text with `content` for each ASCII character `byte`: of the spaces of a text, which are many, no call is made for each.
 *
 * @throws TypeError for bytes that are not UTF-8; TokenizerError for more text than there can be
 */
export function replaceByte(
  byte: number,
  content: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  if (validLength(bytes, start, end) < end - start) throw new TypeError('Expected UTF-8')
  let matches = 0
  for (let at = start; at < end; at++) if (bytes[at] === byte) matches++
  const byteLength = end - start + matches * (content.length - 1)
  if (byteLength > mostNormalizedBytes) throw tooMuchText(end - start)
  const out = new Uint8Array(byteLength)
  let length = 0
  for (let at = start; at < end; at++) {
    const next = bytes[at]!
    if (next !== byte) out[length++] = next
    else for (let i = 0; i < content.length; i++) out[length++] = content[i]!
  }
  return out
}
