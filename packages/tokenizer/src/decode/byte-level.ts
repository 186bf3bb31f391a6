import { bytesOfToken } from '../unicode/byte-alphabet.ts'
import type { DecodeStep } from './decode-step.ts'

const utf8 = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The bytes of a token: those that its characters stand for, or its own where one of them stands for none. */
export function bytesOfText(token: string): Uint8Array {
  return bytesOfToken(token) ?? utf8.encode(token)
}

/** ByteLevel: the bytes of all tokens, as one text; what is not UTF-8 becomes U+FFFD. */
export const byteLevel: DecodeStep = (tokens) => {
  const parts = tokens.map(bytesOfText)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return [decoder.decode(bytes)]
}
