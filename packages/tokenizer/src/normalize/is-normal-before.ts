import { TextClass, textClassTable } from '../unicode/text-classes.ts'
import { codePointAt } from '../pretokenize/code-point.ts'

/**
 * Whether the character before `offset` stays as it is in NFC, and so does the one after it. A letter that does not may come out as a letter
 * and a mark, after which a cut is not as safe as after a letter.
 */
export function isNormalBefore(bytes: Uint8Array, offset: number): boolean {
  let start = offset - 1
  while (start > 0 && offset - start < 4 && (bytes[start]! & 0xc0) === 0x80) start--
  const classes = textClassTable()
  const before = classes[codePointAt(bytes, start)] ?? TextClass.nfc
  const after = classes[codePointAt(bytes, offset)] ?? TextClass.nfc
  return ((before | after) & TextClass.nfc) === 0
}
