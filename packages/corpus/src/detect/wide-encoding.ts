import { isUtf8 } from 'node:buffer'
import { unfinishedTail } from '../utf8/sequence.ts'
import { begins } from '../bytes/begins.ts'

/** An encoding of Unicode that is not UTF-8, by the name that `iconv` knows it by. */
export type WideEncoding = 'UTF-16LE' | 'UTF-16BE' | 'UTF-32LE' | 'UTF-32BE'

/** Longer marks first: that of UTF-32LE begins with that of UTF-16LE. */
const marks: readonly (readonly [string, WideEncoding])[] = [
  ['\u00ff\u00fe\u0000\u0000', 'UTF-32LE'],
  ['\u0000\u0000\u00fe\u00ff', 'UTF-32BE'],
  ['\u00ff\u00fe', 'UTF-16LE'],
  ['\u00fe\u00ff', 'UTF-16BE'],
]

/** Characters that no text is made of: controls, unassigned, half surrogates, private use, NUL. */
const foreign = /[\p{Cc}\p{Cn}\p{Cs}\p{Co}]/u
const lineControls = /[\b-\r\u0085]/gu

/** Bytes looked at: what a text is made of shows soon. */
const shownBytes = 1 << 13

/** A text of fewer bytes with an odd number of them is in no encoding of units of two. */
const fewBytes = 16

/**
 * Finds text in UTF-16 or UTF-32, with a byte order mark or without. Without one, it is text in such an encoding if it has
 * NULs that are the upper halves of its characters there, so that nothing but characters of text is left, while as UTF-8 it
 * would be ill-formed or at least a quarter NULs.
 */
export function wideEncodingOf(head: Uint8Array): WideEncoding | undefined {
  const marked = marks.find(([mark]) => begins(head, mark))?.[1]
  if (marked !== undefined) return marked
  if (head.length < 2 || (head.length < fewBytes && head.length % 2 === 1)) return undefined
  const shown = head.subarray(0, shownBytes)
  // Nearly every text has nothing to count; a Buffer looks for a byte many at a time.
  if (!Buffer.from(shown.buffer, shown.byteOffset, shown.length).includes(0)) return undefined
  const nulls = [0, 0, 0, 0]
  for (const [at, byte] of shown.entries()) if (byte === 0) nulls[at & 3]!++
  const [first, second, third, fourth] = nulls as [number, number, number, number]
  const all = first + second + third + fourth
  const isText = isUtf8(shown.subarray(0, shown.length - unfinishedTail(shown)))
  if (isText && all * 4 < shown.length) return undefined
  const units = shown.subarray(0, shown.length & ~3)
  const isShort = head.length < fewBytes && head.length % 4 !== 0
  if (!isShort && fourth >= first && isProse(utf32(units, true))) return 'UTF-32LE'
  if (!isShort && first >= fourth && isProse(utf32(units, false))) return 'UTF-32BE'
  const likely = first + third > second + fourth ? 'UTF-16BE' : 'UTF-16LE'
  return isProse(utf16(shown.subarray(0, shown.length & ~1), likely === 'UTF-16LE')) ? likely : undefined
}

function isProse(text: string | undefined): boolean {
  return text !== undefined && text !== '' && !foreign.test(text.replaceAll(lineControls, ''))
}

/** The last character may be cut. */
function utf16(bytes: Uint8Array, littleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const units = Array.from({ length: bytes.length >> 1 }, (_, k) => view.getUint16(k * 2, littleEndian))
  if ((units.at(-1)! & 0xfc00) === 0xd800) units.pop()
  return String.fromCharCode(...units)
}

function utf32(bytes: Uint8Array, littleEndian: boolean): string | undefined {
  if (bytes.length < 4) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const points = Array.from({ length: bytes.length >> 2 }, (_, k) => view.getUint32(k * 4, littleEndian))
  return points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined
}
