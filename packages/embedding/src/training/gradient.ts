import { fma32, type BitFamily } from '@sluice/torch-random'
import { EmbeddingError } from '../errors.ts'
import { checkIds } from '../lookup/check-ids.ts'
import type { EmbeddingTable } from '../table.ts'

/** A gradient of the whole table. */
export interface DenseGradient {
  readonly kind: 'dense'
  /** `[numEmbeddings, embeddingDim]`, row-major. */
  readonly values: Float32Array
}

/** A gradient of the rows that were looked up, one entry for each occurrence, in order. */
export interface SparseGradient {
  readonly kind: 'sparse'
  readonly ids: Int32Array
  /** `[ids.length, embeddingDim]`, row-major. */
  readonly values: Float32Array
}

/** The gradient of a table: of all its rows, or of those that a batch looked up. */
export type Gradient = DenseGradient | SparseGradient

/** How a gradient is taken. */
export interface BackwardOptions {
  /** Divide each row's gradient by how often the row occurs; not for sparse gradients. @default false */
  readonly scaleGradByFreq?: boolean
  /** Which build of PyTorch the bits follow; it matters for scaled gradients alone. @default 'avx2' */
  readonly family?: BitFamily
}

const f = Math.fround

/**
 * The gradient of a table from that of its lookup: `embedding_dense_backward`. Occurrences are added in order; those
 * of the padding row are left out, though they count as occurrences.
 *
 * For a position table, give each token's position, or add up the gradient over the batch first, as PyTorch's broadcasting
 * does (which may round differently).
 *
 * @param ids - The ids that were looked up.
 * @param gradOutput - `[ids.length * embeddingDim]`, the gradient of what the lookup gave.
 * @throws EmbeddingError `id-out-of-range` or `shape-mismatch`.
 */
export function backward(
  table: EmbeddingTable,
  ids: Int32Array,
  gradOutput: Float32Array,
  { scaleGradByFreq = false, family = 'avx2' }: BackwardOptions = {},
): DenseGradient {
  check(table, ids, gradOutput)
  const { embeddingDim, paddingIdx } = table
  const counts = scaleGradByFreq ? countIds(ids, table.numEmbeddings) : undefined
  const values = new Float32Array(table.weight.length)
  const fuse = family === 'avx2' ? fma32 : (a: number, b: number, c: number) => f(f(a * b) + c)
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    if (id === paddingIdx) continue
    const [from, to] = [i * embeddingDim, id * embeddingDim]
    const scale = counts ? f(1 / counts[id]!) : 1
    for (let d = 0; d < embeddingDim; d++) {
      const grad = gradOutput[from + d]!
      values[to + d] = scale === 1 ? values[to + d]! + grad : fuse(grad, scale, values[to + d]!)
    }
  }
  return { kind: 'dense', values }
}

/**
 * The gradient of the rows that were looked up, not added up (`sparse=True` in PyTorch): its size is that of the batch,
 * whatever the table's.
 *
 * @throws EmbeddingError `id-out-of-range` or `shape-mismatch`.
 */
export function sparseBackward(
  table: EmbeddingTable,
  ids: Int32Array,
  gradOutput: Float32Array,
): SparseGradient {
  check(table, ids, gradOutput)
  const { embeddingDim, paddingIdx } = table
  if (paddingIdx === undefined) return { kind: 'sparse', ids: ids.slice(), values: gradOutput.slice() }
  const kept = Array.from(ids.keys()).filter((i) => ids[i] !== paddingIdx)
  const values = new Float32Array(kept.length * embeddingDim)
  kept.forEach((i, at) => {
    values.set(gradOutput.subarray(i * embeddingDim, (i + 1) * embeddingDim), at * embeddingDim)
  })
  return { kind: 'sparse', ids: Int32Array.from(kept, (i) => ids[i]!), values }
}

/** Adds up the entries of each row, in order, and sorts the rows (`Tensor.coalesce`). */
export function coalesce(gradient: SparseGradient): SparseGradient {
  const { ids, values } = gradient
  const embeddingDim = ids.length === 0 ? 0 : values.length / ids.length
  const rows = Int32Array.from(new Set(ids)).toSorted()
  const place = new Map(Array.from(rows, (id, at) => [id, at]))
  const sums = new Float32Array(rows.length * embeddingDim)
  ids.forEach((id, i) => {
    const to = place.get(id)! * embeddingDim
    for (let d = 0; d < embeddingDim; d++) sums[to + d] = sums[to + d]! + values[i * embeddingDim + d]!
  })
  return { kind: 'sparse', ids: rows, values: sums }
}

function check(table: EmbeddingTable, ids: Int32Array, gradOutput: Float32Array): void {
  checkIds(ids, table.numEmbeddings, 'ids')
  if (gradOutput.length !== ids.length * table.embeddingDim) {
    throw new EmbeddingError(
      'shape-mismatch',
      `Expected \`gradOutput\` to hold ${ids.length} x ${table.embeddingDim} values, got ${gradOutput.length}`,
    )
  }
}

function countIds(ids: Int32Array, numEmbeddings: number): Int32Array {
  const counts = new Int32Array(numEmbeddings)
  for (const id of ids) counts[id] = counts[id]! + 1
  return counts
}
