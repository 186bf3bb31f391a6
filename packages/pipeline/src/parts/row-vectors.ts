import type { IdWindows } from '@sluice/embedding'

/** The vectors of some ids as the layout keeps them: float32, or bits of half formats. */
export interface BatchVectors {
  readonly inputsEmbeds: Float32Array | Uint16Array
  readonly firstBlock?: Float32Array | Uint16Array
}

/** Ids that vectors are wanted of. */
export interface VectorRequest {
  readonly ids: Int32Array
  /** Positions of all ids, or of those of a window where each window has the same. */
  readonly positions: Int32Array
  /** The same ids as a model is given them, one text or several of a length at a time; asked for where they are needed. */
  readonly windows: () => readonly IdWindows[]
  readonly memory: VectorMemory
}

/** Memory that vectors are made in, used again and again. */
export interface VectorMemory {
  floats(count: number): Float32Array
  /** For bits of half formats. */
  halves(count: number): Uint16Array
}

/** What one thread makes vectors with. */
export interface RowVectors {
  /** What computes, for people: an execution provider, or `rows` where rows of a checkpoint are copied. */
  readonly provider: string
  /** Makes the vectors of ids; they are valid until the next call. */
  make(request: VectorRequest, signal: AbortSignal): Promise<BatchVectors>
  close(): Promise<void>
}
