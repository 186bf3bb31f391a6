import type { ByteSource } from '../../bytes/byte-source.ts'

/** Statistics may be in a page header: bytes that are read at first, and at most. */
const headerBytes = 1 << 13
const maxHeaderBytes = 1 << 24

/** A page of a column chunk, by its header (parquet.thrift, PageHeader). */
export interface Page {
  readonly kind: 'data' | 'dictionary' | 'other'
  readonly headerBytes: number
  /** Bytes after the header, as stored and decompressed. */
  readonly storedBytes: number
  readonly plainBytes: number
  /** Values of it, nulls and empty lists included. */
  readonly values: number
  /** Number of the encoding of its values. */
  readonly encoding: number
  /** How the levels of its values lie: in front, each with its length and compressed with the values (1), or beside them (2). */
  readonly levels:
    | { readonly version: 1; readonly repetitionEncoding: number; readonly definitionEncoding: number }
    | {
        readonly version: 2
        readonly nulls: number
        readonly repetitionBytes: number
        readonly definitionBytes: number
        readonly isCompressed: boolean
      }
}

/** Reads the page header at a place. @throws Error for one that is damaged */
export async function readPageHeader(source: ByteSource, at: number, end: number): Promise<Page> {
  const { deserializeTCompactProtocol } = await import('hyparquet/src/thrift.js')
  for (let length = headerBytes; ; length *= 8) {
    const bytes = await source.read(at, Math.min(at + length, end))
    const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 }
    try {
      const header = deserializeTCompactProtocol(reader)
      const type = Number(header['field_1'])
      const first = header['field_5']
      const second = header['field_8']
      const dictionary = header['field_7']
      return {
        kind: type === 2 ? 'dictionary' : type === 0 || type === 3 ? 'data' : 'other',
        headerBytes: reader.offset,
        storedBytes: size(header['field_3']),
        plainBytes: size(header['field_2']),
        values: size((type === 3 ? second?.field_1 : type === 2 ? dictionary?.field_1 : first?.field_1) ?? 0),
        encoding: size(
          (type === 3 ? second?.field_4 : type === 2 ? dictionary?.field_2 : first?.field_2) ?? 0,
        ),
        levels:
          type === 3
            ? {
                version: 2,
                nulls: size(second?.field_2 ?? 0),
                repetitionBytes: size(second?.field_6 ?? 0),
                definitionBytes: size(second?.field_5 ?? 0),
                isCompressed: second?.field_7 !== false,
              }
            : {
                version: 1,
                definitionEncoding: size(first?.field_3 ?? 0),
                repetitionEncoding: size(first?.field_4 ?? 0),
              },
      }
    } catch (error) {
      if (at + length >= end || length >= maxHeaderBytes) throw error
    }
  }
}

function size(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new Error('a page header has no valid size')
}
