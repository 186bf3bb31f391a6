import type { Provider } from './provider.ts'
import type { LookupRun } from './run-plan.ts'

/** One device that looks ids up; made by a provider. Ids and lengths have been checked before. */
export interface Lookup {
  /** Which one runs: `cpu`, `webgpu`, …. */
  readonly provider: Provider
  /** Tokens that it is best given at a time. */
  readonly tokensPerRun: number
  /** Writes `rows * columns` vectors to `output`, which has exactly their length; without a promise, at once. */
  run(piece: LookupPiece): Promise<void> | void
  /** Starts a run whose vectors stay on the device, and does not wait for it. Only where the device's memory can keep results. */
  runOnDevice?(piece: Omit<LookupPiece, 'output'>): Promise<DeviceTensor>
  close(): Promise<void> | void
}

/** The arrays of one run, cut to it. */
export interface LookupPiece extends Pick<LookupRun, 'rows' | 'columns'> {
  /** `[rows * columns]`. */
  readonly inputIds: Int32Array
  /** `[columns]`; empty when the graph adds no positions. */
  readonly positionIds: Int32Array
  /** `[rows * columns * dim]`: float32, or bits of bfloat16, to which the sums are rounded. */
  readonly output: Float32Array | Uint16Array
}

/** A tensor of onnxruntime-node whose values lie on the device: another session of this process takes it as an input. */
export interface DeviceTensor {
  readonly location: string
  /** `float32`; `int32` for the words of half rows. */
  readonly type: string
  readonly dims: readonly number[]
  /** Frees the memory on the device. */
  dispose(): void
}
