/**
 * The printable characters that GPT-2's files write for bytes (`bytes_to_unicode` of its encoder.py): a printable Latin-1
 * character for itself, and U+0100 on, in order, for the others.
 */
export const charOfByte: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  String.fromCharCode(isPrintable(byte) ? byte : 0x100 + rankOfHidden(byte)),
)

const byteOfChar: ReadonlyMap<string, number> = new Map(charOfByte.map((char, byte) => [char, byte]))

/** The bytes of a token as files write it, or undefined when it is not written in the alphabet. */
export function bytesOfToken(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length)
  for (let i = 0; i < token.length; i++) {
    const byte = byteOfChar.get(token[i]!)
    if (byte === undefined) return undefined
    bytes[i] = byte
  }
  return bytes
}

/** A token's bytes as files write them. */
export function tokenOfBytes(bytes: Uint8Array): string {
  let token = ''
  for (const byte of bytes) token += charOfByte[byte]!
  return token
}

function isPrintable(byte: number): boolean {
  return (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad)
}

function rankOfHidden(byte: number): number {
  let rank = 0
  for (let other = 0; other < byte; other++) if (!isPrintable(other)) rank++
  return rank
}
