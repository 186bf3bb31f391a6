import { classTable } from '../unicode/classes.ts'

/** The class given to a byte that starts no valid UTF-8 sequence: in no class of any pattern. */
export const invalidClass = 8

const classes = classTable()

/**
 * The class of the character at `at`, and its length in bytes: `class | length << 4`.
 * A byte that starts no valid UTF-8 sequence before `end` is one byte of {@link invalidClass}.
 */
export function charAt(bytes: Uint8Array, at: number, end: number): number {
  const b0 = bytes[at]!
  if (b0 < 0x80) return classes[b0]! | 0x10
  if (b0 < 0xe0) {
    if (b0 < 0xc2 || at + 1 >= end) return invalidClass | 0x10
    const b1 = bytes[at + 1]! ^ 0x80
    if (b1 > 0x3f) return invalidClass | 0x10
    return classes[((b0 & 0x1f) << 6) | b1]! | 0x20
  }
  if (b0 < 0xf0) {
    if (at + 2 >= end) return invalidClass | 0x10
    const b1 = bytes[at + 1]! ^ 0x80
    const b2 = bytes[at + 2]! ^ 0x80
    const code = ((b0 & 0xf) << 12) | (b1 << 6) | b2
    if ((b1 | b2) > 0x3f || code < 0x800 || code >> 11 === 0x1b) return invalidClass | 0x10
    return classes[code]! | 0x30
  }
  if (at + 3 >= end) return invalidClass | 0x10
  const b1 = bytes[at + 1]! ^ 0x80
  const b2 = bytes[at + 2]! ^ 0x80
  const b3 = bytes[at + 3]! ^ 0x80
  const code = ((b0 & 0x7) << 18) | (b1 << 12) | (b2 << 6) | b3
  if (b0 > 0xf4 || (b1 | b2 | b3) > 0x3f || code < 0x10000 || code > 0x10ffff) return invalidClass | 0x10
  return classes[code]! | 0x40
}
