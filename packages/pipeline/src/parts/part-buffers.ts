import type { Plan } from '../plan.ts'
import { allocatePlaces, type TokenPlaces } from '../tokens/token-places.ts'

/** The memory of one thread that makes parts, used again for every record batch. */
export interface PartBuffers {
  /** Ids of the stream that a batch reads, and those up to the next batch. */
  readonly ids: Int32Array
  readonly places: TokenPlaces
  /** `[rowsPerBatch, maxLength]` */
  readonly inputIds: Int32Array
  readonly targetIds: Int32Array
  /** `[rowsPerBatch, maxLength, dim]`, empty where rows hold no embeddings. */
  readonly inputsEmbeds: Float32Array
  /** `[maxLength]`: 0, 1, 2, … */
  readonly positionIds: Int32Array
  /** `[rowsPerBatch]` */
  readonly source: Int32Array
  readonly byteStart: Float64Array
  readonly byteEnd: Float64Array
}

export function allocatePartBuffers({ config, layout }: Plan): PartBuffers {
  const rows = layout.rowsPerBatch
  const { maxLength, stride } = config
  const range = Math.max((rows - 1) * stride + maxLength + 1, rows * stride)
  return {
    ids: new Int32Array(range),
    places: allocatePlaces(range),
    inputIds: new Int32Array(rows * maxLength),
    targetIds: new Int32Array(rows * maxLength),
    inputsEmbeds: new Float32Array(layout.embedding === 'full' ? rows * maxLength * layout.dim : 0),
    positionIds: Int32Array.from({ length: maxLength }, (_, position) => position),
    source: new Int32Array(rows),
    byteStart: new Float64Array(rows),
    byteEnd: new Float64Array(rows),
  }
}
