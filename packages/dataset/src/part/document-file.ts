/** One file of a document table. */
export interface DocumentFile {
  /** Name inside the dataset: `documents/00000-HASH.arrow`. */
  readonly name: string
  /** The corpus' number of its first document. */
  readonly firstDocument: number
  readonly documents: number
  readonly byteLength: number
  readonly sha256: string
}
