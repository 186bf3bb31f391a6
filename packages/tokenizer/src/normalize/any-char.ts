import { charLength, codePointAt } from '../pretokenize/code-point.ts'
import { textClassTable } from '../unicode/text-classes.ts'

/** Whether some character of valid UTF-8 has one of the bits. */
export function anyChar(bytes: Uint8Array, start: number, end: number, bits: number): boolean {
  const classes = textClassTable()
  for (let at = start; at < end;) {
    const byte = bytes[at]!
    if (((byte < 0x80 ? classes[byte]! : classes[codePointAt(bytes, at)]!) & bits) !== 0) return true
    at += charLength(byte)
  }
  return false
}
