import type { IdEncoding } from './id-width.ts'

/** Where ids lie in a source, one after the other. */
export interface IdLayout extends IdEncoding {
  /** Offset of the first id: what lies before is a header. */
  readonly start: number
  /** Offset after the last one; undefined for a stream, which says it by ending. */
  readonly end: number | undefined
  /** Ids of a document; undefined where all are one, or end at an id that says so. */
  readonly rowLength?: number
}
