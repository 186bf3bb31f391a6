import { isUtf8 } from 'node:buffer'
import { sequenceAt } from '../utf8/sequence.ts'

/** Stands for a byte that is not UTF-8, as Python's `surrogateescape` writes it: U+DC80 to U+DCFF. */
const escapeBase = 0xdc00

/** Writes the name of a file as a string; a name may be any bytes, and those that are not UTF-8 become half surrogates. */
export function stringOfPath(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString()
  let path = ''
  for (let at = 0; at < bytes.length;) {
    const length = sequenceAt(bytes, at, bytes.length)
    path +=
      length > 0 ? bytes.toString('utf8', at, at + length) : String.fromCharCode(escapeBase + bytes[at]!)
    at += Math.max(1, length)
  }
  return path
}

/** The path that a string of `stringOfPath` stands for, for the functions of `node:fs`. */
export function pathOfString(path: string): string | Buffer {
  if (path.isWellFormed()) return path
  const pieces = Array.from(path, (character) => {
    const code = character.charCodeAt(0)
    const isEscape = character.length === 1 && code >= escapeBase + 0x80 && code <= escapeBase + 0xff
    return isEscape ? Buffer.of(code - escapeBase) : Buffer.from(character)
  })
  return Buffer.concat(pieces)
}
