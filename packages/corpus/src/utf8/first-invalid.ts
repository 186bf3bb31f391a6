import { sequenceAt } from './sequence.ts'

/** Offset of the first byte that is not part of a well-formed UTF-8 sequence, or -1. */
export function firstInvalid(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length;) {
    const length = sequenceAt(bytes, at, bytes.length)
    if (length <= 0) return at
    at += length
  }
  return -1
}
