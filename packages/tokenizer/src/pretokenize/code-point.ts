/** The code point at `at` of valid UTF-8. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const b0 = bytes[at]!
  if (b0 < 0x80) return b0
  const b1 = bytes[at + 1]! & 0x3f
  if (b0 < 0xe0) return ((b0 & 0x1f) << 6) | b1
  const b2 = bytes[at + 2]! & 0x3f
  if (b0 < 0xf0) return ((b0 & 0xf) << 12) | (b1 << 6) | b2
  return ((b0 & 0x7) << 18) | (b1 << 12) | (b2 << 6) | (bytes[at + 3]! & 0x3f)
}

/** The length of the character that starts with `b0`. */
export function charLength(b0: number): number {
  return b0 < 0x80 ? 1 : b0 < 0xe0 ? 2 : b0 < 0xf0 ? 3 : 4
}
