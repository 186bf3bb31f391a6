import type { TextValues } from './text-values.ts'

/** Documents of a dataset that follow each other; n of them. */
export interface DocumentBatch {
  readonly rows: number
  /** The corpus' number of the first one; the others count on. */
  readonly firstDocument: number
  /** n indices into the manifest's sources. */
  readonly source: Int32Array
  /** n places in that source: bytes of its (decompressed) text, or row numbers of a table. */
  readonly byteStart: Float64Array
  readonly byteEnd: Float64Array
  /** n positions in the token stream of a document's first id, after a separator that stands before it. */
  readonly firstToken: Float64Array
  /** n numbers of ids, with a separator after the document, where there is one. */
  readonly tokens: Float64Array
  /** n texts for each kept column. */
  readonly kept: readonly TextValues[]
}
