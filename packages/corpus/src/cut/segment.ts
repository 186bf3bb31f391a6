/**
 * A part of one source that is read on its own. The segments of a source in order give exactly its documents. Plain data,
 * fit for a plan file and for messages to worker threads.
 */
export type Segment = ByteSegment | BlockSegment | RowGroupSegment | RecordBatchSegment | WholeSegment

/** Bytes `[start, end)` of an uncompressed .txt or .jsonl. */
export interface ByteSegment {
  readonly kind: 'bytes'
  readonly start: number
  readonly end: number
}

/** Bytes of the text of a .txt or .jsonl that is compressed in blocks, and the blocks that they lie in. */
export interface BlockSegment {
  readonly kind: 'blocks'
  /** Offset of the first byte in the text. */
  readonly start: number
  /** Offset behind the last byte; absent of the last segment, which goes to the end. */
  readonly end?: number
  /** The blocks up to those of the next segment, in the source as stored: `[start, end)`. */
  readonly stored: { readonly start: number; readonly end: number }
  /** Bytes of the first block that lie before `start`. */
  readonly skip: number
  /** What else the segment has, where another follows. */
  readonly next?: {
    /** Bytes that its blocks give, which is where the next one's begin in the text. */
    readonly after: number
    /** Bytes that the segment has of the next one's blocks, and where these end in the source. */
    readonly bytes: number
    readonly storedEnd: number
  }
}

/** Row groups `[start, end)` of a Parquet file. */
export interface RowGroupSegment {
  readonly kind: 'row-groups'
  readonly start: number
  readonly end: number
  /** Row number of the first row. */
  readonly firstRow: number
}

/** Record batches of an Arrow file or stream: the bytes `[start, end)`. */
export interface RecordBatchSegment {
  readonly kind: 'record-batches'
  readonly start: number
  readonly end: number
  /** Row number of the first row. */
  readonly firstRow: number
  /** Whether to take the schema from the footer of an Arrow file: not every writer puts it at the beginning too. */
  readonly schemaInFooter: boolean
  /** Bytes of the schema (of a stream) and of the dictionaries, without which no batch can be read. */
  readonly prelude: { readonly start: number; readonly end: number }
}

/** All of a source that cannot be cut: compressed in one go, CSV, or without random access. */
export interface WholeSegment {
  readonly kind: 'whole'
}
