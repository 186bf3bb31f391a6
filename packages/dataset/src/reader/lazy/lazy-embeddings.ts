import type { Reading } from '../reading.ts'
import type { WindowBatch } from '../window-batch.ts'

/** Makes the embeddings that a full dataset would have stored, from the ids of its rows. */
export interface LazyEmbeddings {
  /** n·T·D elements: float32, or bits of half formats. */
  embed(batch: Pick<WindowBatch, 'inputIds' | 'positionIds'>): Reading<Float32Array | Uint16Array>
}

/** How embeddings are opened. */
export interface OpenLazyOptions {
  /**
   * Whether hashes prove that the tables are those that the dataset was made with. A text is the `version` of the file in which they
   * were proved before: the same file is not hashed again, another one is.
   */
  readonly verify: boolean | string
}
