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

/**
 * Finds text in UTF-16 or UTF-32, with a byte order mark or without. Without one, it is text in such an encoding if it has
 * NULs that are part of its characters there, so that nothing but characters of text is left, while as UTF-8 it would be
 * ill-formed or at least a quarter NULs.
 */
export function wideEncodingOf(head: Uint8Array): WideEncoding | undefined {
  const marked = marks.find(([mark]) => begins(head, mark))?.[1]
  if (marked !== undefined) return marked
  const shown = head.subarray(0, Math.min(head.length, shownBytes) & ~3)
  if (shown.length === 0) return head.length < 2 ? undefined : unmarked(head.subarray(0, head.length & ~1))
  return unmarked(shown)
}

function unmarked(bytes: Uint8Array): WideEncoding | undefined {
  const nulls = bytes.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0)
  if (nulls === 0) return undefined
  const isText = isUtf8(bytes.subarray(0, bytes.length - unfinishedTail(bytes)))
  if (isText && nulls * 4 < bytes.length) return undefined
  return (['UTF-32LE', 'UTF-32BE', 'UTF-16LE', 'UTF-16BE'] as const).find((encoding) => {
    const text = decoders[encoding](bytes)
    return text !== undefined && !foreign.test(text.replaceAll(lineControls, ''))
  })
}

const decoders: Readonly<Record<WideEncoding, (bytes: Uint8Array) => string | undefined>> = {
  'UTF-16LE': (bytes) => utf16(bytes, true),
  'UTF-16BE': (bytes) => utf16(bytes, false),
  'UTF-32LE': (bytes) => utf32(bytes, true),
  'UTF-32BE': (bytes) => utf32(bytes, false),
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
