import { isUtf8 } from 'node:buffer'
import { unfinishedTail } from '../utf8/sequence.ts'

/** Control characters that texts have: backspace, tab, line feed, vertical tab, form feed, carriage return, escape. */
const textControls = new Set([0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1b])

/** Returns whether bytes, which may be cut at their end, are not the beginning of a plain text in UTF-8. */
export function looksBinary(bytes: Uint8Array): boolean {
  if (!isUtf8(bytes.subarray(0, bytes.length - unfinishedTail(bytes)))) return true
  return bytes.some((byte) => byte < 0x20 && !textControls.has(byte))
}
