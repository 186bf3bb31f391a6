import type { OffsetEncoding } from '../encoding.ts'
import { charLength } from '../pretokenize/code-point.ts'
import { whiteSpaceTable } from '../pretokenize/white-space.ts'

/** How many characters of white space a token begins and ends with. */
export interface SpacesOfToken {
  readonly leading: number
  readonly trailing: number
}

/** The spaces of a token of the byte-level vocabulary, in which nothing but U+0020 counts. */
export function spacesOfBytes(token: Uint8Array): SpacesOfToken {
  let leading = 0
  while (leading < token.length && token[leading] === 0x20) leading++
  let rest = token.length
  while (rest > 0 && token[rest - 1] === 0x20) rest--
  return { leading, trailing: token.length - rest }
}

/** The white space of an added token as it is found in a text, with what it strips there; `Ġ` counts, the alphabet's space. */
export function spacesOfText(token: string): SpacesOfToken {
  // White space and `Ġ` are one code unit each.
  let leading = 0
  while (leading < token.length && isSpace(token.charCodeAt(leading))) leading++
  let rest = token.length
  while (rest > 0 && isSpace(token.charCodeAt(rest - 1))) rest--
  return { leading, trailing: token.length - rest }
}

function isSpace(unit: number): boolean {
  return whiteSpaceTable[unit] === 1 || unit === 0x120
}

/**
 * Leaves the white space around tokens out of their places, as `process_offsets` of the `tokenizers` library (ByteLevel and RoBERTa with
 * `trim_offsets`). White space is counted in the token and taken from its place in characters: a token with the space that was put before
 * a text loses the first character of that text, unless the text begins there.
 */
export function trimPlaces(
  { starts, ends }: OffsetEncoding,
  bytes: Uint8Array,
  spaces: readonly SpacesOfToken[],
  addPrefixSpace: boolean,
): void {
  for (const [i, { leading, trailing }] of spaces.entries()) {
    if (leading === 0 && trailing === 0) continue
    const start = starts[i]!
    const isOneThatWasAdded = addPrefixSpace && leading === 1 && (i === 0 || start === 0)
    const wholeEnd = endOfCharacter(bytes, ends[i]!)
    let from = start
    if (!isOneThatWasAdded)
      for (let left = leading; left > 0 && from < wholeEnd; left--) from += charLength(bytes[from]!)
    let to = from > start ? wholeEnd : ends[i]!
    for (let left = trailing; left > 0 && to > from; left--) to = startOfCharacter(bytes, to - 1)
    starts[i] = from
    ends[i] = Math.max(from, to)
  }
}

/** The end of the character that `at` is in, or `at` between two. */
function endOfCharacter(bytes: Uint8Array, at: number): number {
  let end = at
  while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end++
  return end
}

function startOfCharacter(bytes: Uint8Array, at: number): number {
  let start = at
  while (start > 0 && (bytes[start]! & 0xc0) === 0x80) start--
  return start
}
