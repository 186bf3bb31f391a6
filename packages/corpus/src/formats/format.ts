import type { Compression } from '../compression/compression.ts'
import type { DocumentStream } from '../documents/document-event.ts'
import type { ProblemDesk } from '../documents/problem-desk.ts'
import type { ResolvedReadOptions } from '../documents/read-options.ts'
import type { FindSafeCut } from '../cut/cut-text.ts'
import type { Segment } from '../cut/segment.ts'
import type { ByteSource } from '../bytes/byte-source.ts'

/** The formats of sources; the last four hold ids in place of texts. `arrow-file` and `arrow-stream` are the two forms of Arrow IPC; `.feather` (v2) is the first. */
export const formats = [
  ...(['txt', 'jsonl', 'csv', 'parquet', 'arrow-file', 'arrow-stream'] as const),
  ...(['npy', 'ids-uint16', 'ids-uint32', 'ids-int32'] as const),
] as const

/** One of {@link formats}. */
export type Format = (typeof formats)[number]

/** The formats that may hold texts. */
export const textFormats = ['txt', 'jsonl', 'csv', 'parquet', 'arrow-file', 'arrow-stream'] as const

/** The element types of flat files of ids, little-endian. */
export const idDtypes = ['uint16', 'uint32', 'int32'] as const

/** One of {@link idDtypes}. */
export type IdDtype = (typeof idDtypes)[number]

/** A source that can be cut: it has random access and no compression. */
export interface CuttableSource extends ByteSource {
  readonly byteLength: number
}

/** How to cut a source, resolved. */
export interface CutOptions {
  readonly targetBytes: number
  readonly findSafeCut: FindSafeCut | undefined
  /** The id that ends documents in flat files of ids. */
  readonly endId: number | undefined
}

/** One segment to read, and how. */
export interface SegmentInput {
  readonly source: ByteSource
  readonly compression: Compression
  readonly segment: Segment
  readonly options: ResolvedReadOptions
  readonly desk: ProblemDesk
}

/** One format: how to know it, cut it and read it. A further one is a file and a row of the table. */
export interface FormatRecord {
  /** Endings of file names, lower case, without the dot and without the compression's. */
  readonly extensions: readonly string[]
  /** What sources of the format hold: texts alone, lists of ids too, or nothing but ids. @default 'texts' */
  readonly holds?: 'texts' | 'either' | 'ids'
  /** Returns whether the first bytes show the format; absent for formats of text, which names tell apart. */
  readonly magic?: (head: Uint8Array) => boolean
  /** Whether the format can be read only with random access, never in one go from its beginning. */
  readonly randomAccess?: boolean
  /** Whether a reader that has random access should plan first: what matters lies at the end of the source. */
  readonly planFirst?: boolean
  /** Cuts a source into segments; absent where nothing can be cut. */
  readonly plan?: (source: CuttableSource, options: CutOptions) => Promise<readonly Segment[]>
  /**
   * Finds where a source may be cut that is decompressed from the middle on: the first place after the beginning of `bytes`, or
   * -1. Absent where that shows nothing.
   */
  readonly findCut?: (bytes: Uint8Array, options: Pick<CutOptions, 'findSafeCut'>) => number
  /** Reads the documents of one segment, in order. */
  readonly read: (input: SegmentInput) => DocumentStream
}
