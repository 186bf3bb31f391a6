import type { DocumentBuffers } from './document-buffers.ts'
import type { RowVectors } from './row-vectors.ts'

/** Bytes of vectors that are made at a time: they stay in the processor's cache. */
const chunkByteLength = 1 << 20

/**
 * The mean of each row's vectors: summed up in float32 in the order of their positions, each sum rounded, and divided once by the
 * number of ids, in float32. Zeros where a row has no id.
 */
export async function poolMeans(
  rows: number,
  dim: number,
  vectors: RowVectors,
  buffers: DocumentBuffers,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { offsets } = buffers
  const means = new Float32Array(rows * dim)
  const tokens = offsets[rows]!
  const perChunk = Math.max(1, Math.floor(chunkByteLength / (4 * dim)))
  let row = 0
  for (let first = 0; first < tokens; first += perChunk) {
    signal.throwIfAborted()
    const end = Math.min(first + perChunk, tokens)
    const { inputsEmbeds } = await vectors.make(
      {
        ids: buffers.ids.subarray(first, end),
        positions: buffers.positions.subarray(first, end),
        windows: () => [{ ids: buffers.ids.subarray(first, end), length: end - first }],
        memory: buffers,
      },
      signal,
    )
    for (let at = first; at < end;) {
      while (offsets[row + 1]! <= at) row++
      const to = Math.min(end, offsets[row + 1]!)
      addRows(
        inputsEmbeds.subarray((at - first) * dim, (to - first) * dim),
        means.subarray(row * dim, (row + 1) * dim),
      )
      at = to
    }
  }
  for (let at = 0; at < rows; at++)
    divide(means.subarray(at * dim, (at + 1) * dim), offsets[at + 1]! - offsets[at]!)
  return means
}

/** Storing in a Float32Array rounds: the sum of two float32 in double precision gives the float32 sum. */
function addRows(vectors: ArrayLike<number>, sums: Float32Array): void {
  const dim = sums.length
  for (let from = 0; from < vectors.length; from += dim)
    for (let column = 0; column < dim; column++) sums[column] = sums[column]! + vectors[from + column]!
}

function divide(sums: Float32Array, count: number): void {
  if (count === 0) return
  for (let column = 0; column < sums.length; column++) sums[column] = sums[column]! / count
}
