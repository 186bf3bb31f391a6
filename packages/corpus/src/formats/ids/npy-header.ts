import { begins } from '../../bytes/begins.ts'
import { CorpusError } from '../../errors.ts'
import type { IdLayout } from './id-layout.ts'
import type { IdEncoding } from './id-width.ts'

/** How the header of a `.npy` file begins. */
export const npyMark = '\u0093NUMPY'

/** Bytes before the header's text: mark, version, and its length in 2 bytes (version 1) or 4. */
const prefixBytes = 12

/** The longest header that is read: NumPy's own is below 200 bytes. */
const mostHeaderBytes = 1 << 16

/** Bytes in which every header that is read ends. */
export const npyHeadBytes: number = prefixBytes + mostHeaderBytes

const encodings: Readonly<Record<string, IdEncoding>> = {
  '|u1': { bytes: 1, signed: false },
  '|i1': { bytes: 1, signed: true },
  '<u2': { bytes: 2, signed: false },
  '<i2': { bytes: 2, signed: true },
  '<u4': { bytes: 4, signed: false },
  '<i4': { bytes: 4, signed: true },
  '<u8': { bytes: 8, signed: false },
  '<i8': { bytes: 8, signed: true },
}

/** Where a header ends, by its first bytes; it may be no header at all. */
export function headerEnd(head: Uint8Array): number {
  if (head.length < prefixBytes) return 0
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  return head[6] === 1 ? 10 + view.getUint16(8, true) : prefixBytes + view.getUint32(8, true)
}

/**
 * Reads the header of a NumPy `.npy` file of ids (versions 1 to 3): integers, little-endian, of one or two dimensions in C order.
 *
 * @param head the first bytes, at least {@link npyHeadBytes} or all there are
 * @param byteLength of the file; undefined where it is not known yet
 * @throws CorpusError `broken-file`, or `unsupported-format` for an array that is no such
 */
export function readNpyHeader(head: Uint8Array, byteLength: number | undefined, source: string): IdLayout {
  const broken = (what: string): CorpusError => new CorpusError('broken-file', what, { source })
  const refused = (what: string): CorpusError => new CorpusError('unsupported-format', what, { source })
  const major = head[6] ?? 0
  if (!begins(head, npyMark) || head.length < prefixBytes || major < 1 || major > 3)
    throw broken('is no .npy file of version 1 to 3')
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  const from = major === 1 ? 10 : prefixBytes
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > mostHeaderBytes)
    throw broken(`has a header of ${length} bytes, expected at most ${mostHeaderBytes}`)
  const start = from + length
  if (start > head.length) throw broken('has a header that is cut')
  const text = Buffer.from(head.subarray(from, start)).toString('latin1')
  const descr = /'descr': *'([^']*)'/.exec(text)?.[1]
  const order = /'fortran_order': *(True|False)/.exec(text)?.[1]
  const dimensions = /'shape': *\(([\d, ]*)\)/.exec(text)?.[1]
  if (descr === undefined || order === undefined || dimensions === undefined)
    throw broken('has a header without a plain descr, fortran_order and shape')
  const encoding = Object.hasOwn(encodings, descr) ? encodings[descr] : undefined
  if (encoding === undefined)
    throw refused(`holds ${JSON.stringify(descr)}, expected little-endian integers; save a.astype('<u4')`)
  const shape = dimensions.split(',').flatMap((part) => (part.trim() === '' ? [] : [Number(part)]))
  const [rows = 1, columns] = shape
  const shown = `[${shape.join(', ')}]`
  if (shape.length < 1 || shape.length > 2)
    throw refused(`has the shape ${shown}, expected one dimension, or two with a document a row`)
  if (columns !== undefined && order === 'True')
    throw refused('is in Fortran order; save np.ascontiguousarray(a)')
  if (columns === 0 && rows > 0) throw refused(`has the shape ${shown}, rows without ids`)
  const bytes = rows * (columns ?? 1) * encoding.bytes
  const end = start + bytes
  if (!Number.isSafeInteger(end) || (byteLength !== undefined && byteLength !== end)) {
    const follow = byteLength === undefined ? 'fewer' : byteLength - start
    throw broken(`has the shape ${shown}, which takes ${bytes} bytes, but ${follow} follow its header`)
  }
  return { ...encoding, start, end, ...(columns !== undefined && { rowLength: columns }) }
}
