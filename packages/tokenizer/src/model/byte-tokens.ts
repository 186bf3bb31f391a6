/** The token that stands for one byte where a character has no token of its own: `<0x00>` to `<0xFF>`. */
export function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
}

/** The ids of the tokens of all bytes; -1 where the vocabulary has none. */
export function byteTokenIds(ids: ReadonlyMap<string, number>): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => ids.get(byteToken(byte)) ?? -1)
}
