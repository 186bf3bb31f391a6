/** The code point that starts at `at`, in valid UTF-8. */
export function characterAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return first
  if (first < 0xe0) return ((first & 0x1f) << 6) | (bytes[at + 1]! & 0x3f)
  const middle = ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f)
  if (first < 0xf0) return ((first & 0xf) << 12) | middle
  return ((first & 0x7) << 18) | (middle << 6) | (bytes[at + 3]! & 0x3f)
}

/** The number of bytes of a character, by its first byte. */
export function lengthOfCharacter(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
}

/** The code point that ends before `end`, in valid UTF-8. */
export function characterBefore(bytes: Uint8Array, end: number): number {
  let at = end - 1
  while ((bytes[at]! & 0xc0) === 0x80) at--
  return characterAt(bytes, at)
}
