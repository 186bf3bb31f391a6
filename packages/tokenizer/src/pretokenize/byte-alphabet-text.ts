import { charOfByte } from '../unicode/byte-alphabet.ts'
import { charLength } from './code-point.ts'
import type { Pieces, PreTokenizerStep } from './pieces.ts'

const utf8 = new TextEncoder()
const encoded = charOfByte.map((char) => utf8.encode(char))

/** Writes each byte as the character that stands for it in the byte alphabet. */
export const toByteAlphabet: PreTokenizerStep = {
  // After it a space is no space any more.
  beforeSpace: 'unknown',
  keepsText: true,
  cut(from, to) {
    let room = 0
    for (let i = 0; i < from.count; i++) room += from.ends[i]! - from.starts[i]!
    const bytes = new Uint8Array(2 * room)
    to.reset(bytes, from.isFirst)
    let at = 0
    for (let i = 0; i < from.count; i++) {
      const start = at
      for (let j = from.starts[i]!; j < from.ends[i]!; j++)
        for (const byte of encoded[from.bytes[j]!]!) bytes[at++] = byte
      to.push(start, at)
    }
  },
}

/** Takes back {@link toByteAlphabet}, for models of bytes. */
export function fromByteAlphabet(): PreTokenizerStep {
  const byteOf = new Uint8Array(0x200)
  for (const [byte, char] of charOfByte.entries()) byteOf[char.charCodeAt(0)] = byte
  return {
    beforeSpace: 'split',
    keepsText: true,
    cut(from: Pieces, to: Pieces) {
      let room = 0
      for (let i = 0; i < from.count; i++) room += from.ends[i]! - from.starts[i]!
      const bytes = new Uint8Array(room)
      to.reset(bytes, from.isFirst)
      let at = 0
      for (let i = 0; i < from.count; i++) {
        const start = at
        for (let j = from.starts[i]!; j < from.ends[i]!; j += charLength(from.bytes[j]!)) {
          const b0 = from.bytes[j]!
          bytes[at++] = byteOf[b0 < 0x80 ? b0 : ((b0 & 0x1f) << 6) | (from.bytes[j + 1]! & 0x3f)]!
        }
        to.push(start, at)
      }
    },
  }
}
