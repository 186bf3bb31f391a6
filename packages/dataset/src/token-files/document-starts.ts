/** Where the documents of a sequence of ids begin. */
export interface DocumentStarts {
  readonly documents: number
  /** Ids of all documents. */
  readonly tokens: number
  /** The place of each document's first id, in order, some at a time. May be asked for again; a block is valid until the next. */
  blocks(): AsyncIterable<Float64Array> | Iterable<Float64Array>
}
