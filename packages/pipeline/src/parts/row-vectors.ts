import type { PartBuffers } from './part-buffers.ts'

/** The vectors of a batch of rows as the layout keeps them: float32, or bits of half formats. */
export interface BatchVectors {
  readonly inputsEmbeds: Float32Array | Uint16Array
  readonly firstBlock?: Float32Array | Uint16Array
}

/** What one thread makes vectors with. */
export interface RowVectors {
  /** What computes, for people: an execution provider, or `rows` where rows of a checkpoint are copied. */
  readonly provider: string
  /** Makes the vectors of the first `rows` rows of the buffers; they are valid until the next call. */
  make(rows: number, buffers: PartBuffers, signal: AbortSignal): Promise<BatchVectors>
  close(): Promise<void>
}
