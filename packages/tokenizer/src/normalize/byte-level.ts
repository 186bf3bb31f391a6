import { charOfByte } from '../unicode/byte-alphabet.ts'
import type { Normalizer } from './normalizer.ts'

const utf8 = new TextEncoder()

/** ByteLevel: writes each byte of the text as the character that stands for it in the byte alphabet. */
export const byteLevelText: Normalizer = {
  normalize: (text) => Array.from(utf8.encode(text), (byte) => charOfByte[byte]!).join(''),
  mayChange(bytes, start, end) {
    for (let at = start; at < end; at++) if (bytes[at]! <= 0x20 || bytes[at]! >= 0x7f) return true
    return false
  },
  // Each side is what it was alone, but what was a space is a letter to whatever cuts afterwards.
  cutsBeforeSpace: false,
}
