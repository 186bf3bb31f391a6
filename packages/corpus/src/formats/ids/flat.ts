import { CorpusError } from '../../errors.ts'
import type { FormatRecord, SegmentInput } from '../format.ts'
import { segmentBytes } from '../segment-bytes.ts'
import { cutIds } from './cut-ids.ts'
import type { IdEncoding } from './id-width.ts'
import { readIds } from './read-ids.ts'
import { idsOf } from './needs-ids.ts'

/** A format of nothing but ids of one width. */
function flat(extensions: readonly string[], encoding: IdEncoding): FormatRecord {
  const layout = { ...encoding, start: 0, end: undefined }
  return {
    extensions,
    holds: 'ids',
    async plan(source, options) {
      const { byteLength, name } = source
      if (byteLength % encoding.bytes !== 0) {
        const message = `has ${byteLength} bytes, expected ids of ${encoding.bytes} bytes each; check its element type`
        throw new CorpusError('broken-file', message, { source: name })
      }
      return cutIds(source, layout, options)
    },
    read(input: SegmentInput) {
      const { options, desk } = input
      return readIds({ ...segmentBytes(input), layout, ids: idsOf(input), keep: options.keep, desk })
    },
  }
}

/** Ids below 65,536, as nanoGPT's `train.bin` has them. */
export const idsUint16: FormatRecord = flat(['u16', 'uint16'], { bytes: 2, signed: false })

/** Unsigned ids of four bytes. */
export const idsUint32: FormatRecord = flat(['u32', 'uint32'], { bytes: 4, signed: false })

/** Signed ids of four bytes. */
export const idsInt32: FormatRecord = flat(['i32', 'int32'], { bytes: 4, signed: true })
