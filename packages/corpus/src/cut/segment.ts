/**
 * A part of one source that is read on its own. The segments of a source in order give exactly its documents. Plain data,
 * fit for a plan file and for messages to worker threads.
 */
export type Segment = ByteSegment | RowGroupSegment | RecordBatchSegment | WholeSegment

/** Bytes `[start, end)` of an uncompressed .txt or .jsonl. */
export interface ByteSegment {
  readonly kind: 'bytes'
  readonly start: number
  readonly end: number
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

/** All of a source that cannot be cut: compressed, CSV, or without random access. */
export interface WholeSegment {
  readonly kind: 'whole'
}
