import { charAt } from './pretokenize/char-at.ts'
import { letters, numbers } from './pretokenize/runs.ts'
import { CharClass } from './unicode/classes.ts'

/** How far {@link findSafeCut} looks unless told otherwise, in bytes. */
export const defaultReach = 65536

/**
 * Find a place at which UTF-8 text can be cut so that the ids of the two pieces, joined, are the ids of the whole; true
 * for every pattern this package knows, at the first such place from `near` on.
 *
 * Two kinds of places are looked for, the second only where the first has none within `reach` bytes:
 * 1. before a space or tab that follows a printable ASCII character other than the space: in every pattern a space
 *    is the first character of its piece or in a piece of white space only, so no piece holds the two, and whatever
 *    piece ends before the space would end at the end of the text as well;
 * 2. between two characters of these classes (found safe for every pattern by trying all short strings): anything but
 *    white space, then white space other than a line break; a letter, then a number, a line break or punctuation
 *    other than `'` (which may begin `'s`) and marks; a number, then a line break or punctuation.
 *
 * Special and added tokens are not considered here; {@link Encoding.findSafeCut} does.
 *
 * @param bytes part of a text; what comes before `near` matters by one character only
 * @param near byte offset to start from
 * @param reach how many bytes to look at
 * @returns the offset to cut at, `near <= offset < near + reach`, or -1 when no place within reach is known to be safe: look
 * at more bytes, or leave the text in one piece. The end of `bytes` is never returned: only the caller knows
 * whether the text ends there. What is returned depends on the bytes from `near - 4` to the cut alone.
 */
export function findSafeCut(bytes: Uint8Array, near: number, reach: number = defaultReach): number {
  return findCut(bytes, near, reach, isAnywhere)
}

function isAnywhere(): boolean {
  return true
}

/** {@link findSafeCut} among the places that `accept` accepts. */
export function findCut(
  bytes: Uint8Array,
  near: number,
  reach: number,
  accept: (offset: number) => boolean,
): number {
  const start = Math.max(near, 1)
  const end = Math.min(near + reach, bytes.length)
  for (let space = start; space < end; space++) {
    const byte = bytes[space]!
    if ((byte === 0x20 || byte === 0x09) && isPrintable(bytes[space - 1]!) && accept(space)) return space
  }
  let at = start
  // Start at a character, not inside one.
  while (at < end && at < start + 3 && (bytes[at]! & 0xc0) === 0x80) at++
  let before = precedingChar(bytes, at)
  while (at < end) {
    // Two of the same character are no safe pair, whatever their class.
    while (at < end && bytes[at] === bytes[at - 1] && bytes[at]! < 0x80) at++
    if (at === end) break
    const char = charAt(bytes, at, bytes.length)
    if (before >= 0 && isSafePair(before, char & 15, bytes[at]!) && accept(at)) return at
    before = char & 15
    at += char >> 4
  }
  return -1
}

function isPrintable(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f
}

/** The class of the character that ends at `at`, or -1 when none does. */
function precedingChar(bytes: Uint8Array, at: number): number {
  for (let start = at - 1; start >= 0 && start >= at - 4; start--) {
    const char = charAt(bytes, start, at)
    if (start + (char >> 4) === at && (bytes[start]! & 0xc0) !== 0x80) return char & 15
  }
  return -1
}

function isSafePair(before: number, after: number, byte: number): boolean {
  switch (after) {
    case CharClass.space:
      return before !== CharClass.space && before !== CharClass.newline && before <= CharClass.newline
    case CharClass.newline:
      return ((letters | numbers) & (1 << before)) !== 0
    case CharClass.number:
      return ((1 << before) & letters) !== 0
    case CharClass.other:
      return before === CharClass.number || (((1 << before) & letters) !== 0 && byte !== 0x27)
  }
  return false
}
