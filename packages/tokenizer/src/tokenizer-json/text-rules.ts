import type { OrdinaryEncoder } from '../bpe/ordinary-encoder.ts'

const utf8 = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** Bring each stretch of text to NFC before it is encoded. Canonical equivalence is that of the runtime's Unicode. */
export function withNfc(inner: OrdinaryEncoder): OrdinaryEncoder {
  return {
    encodePiece: inner.encodePiece,
    encode(bytes, start, end, target, at) {
      if (isBelowMarks(bytes, start, end)) return inner.encode(bytes, start, end, target, at)
      let text: string
      try {
        text = strictDecoder.decode(bytes.subarray(start, end))
      } catch {
        return -1
      }
      const normal = text.normalize('NFC')
      if (normal === text) return inner.encode(bytes, start, end, target, at)
      const normalBytes = utf8.encode(normal)
      return inner.encode(normalBytes, 0, normalBytes.length, target, at)
    },
  }
}

/** Below U+0300 every text is in NFC: no lead byte of 0xCC or more. */
function isBelowMarks(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! >= 0xcc) return false
  return true
}

/**
 * Whether the character before `offset` stays as it is in NFC. A letter that does not may come out as a letter and a mark,
 * after which a cut is not as safe as after a letter.
 */
export function isNormalBefore(bytes: Uint8Array, offset: number): boolean {
  let start = offset - 1
  while (start > 0 && offset - start < 4 && (bytes[start]! & 0xc0) === 0x80) start--
  if (isBelowMarks(bytes, start, offset)) return true
  const char = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start, offset))
  return char.normalize('NFC') === char
}

/** Put a space before each stretch of text that does not begin with one. */
export function withPrefixSpace(inner: OrdinaryEncoder): OrdinaryEncoder {
  return {
    encodePiece: inner.encodePiece,
    encode(bytes, start, end, target, at) {
      if (start === end || bytes[start] === 0x20) return inner.encode(bytes, start, end, target, at)
      const prefixed = new Uint8Array(end - start + 1)
      prefixed[0] = 0x20
      prefixed.set(bytes.subarray(start, end), 1)
      return inner.encode(prefixed, 0, prefixed.length, target, at)
    },
  }
}
