import { DatasetError } from '../../errors.ts'

/** Tables to add up: row-major float32. */
export interface EmbeddingTables {
  /** `[vocabSize, dim]` */
  readonly token: Float32Array
  /** `[contextLength, dim]`; absent where positions are not embedded. */
  readonly position: Float32Array | undefined
  readonly dim: number
}

/**
 * The rows of a `full` dataset: `token[id] + position[p]`, one float32 addition an element. The sum of two float32
 * in double precision rounds to the same float32, so this equals the graph's `Add` bit for bit.
 *
 * @param ids - n·T ids.
 * @param positions - n·T positions; where absent, 0 to T − 1 in each window.
 * @param target - n·T·D elements, overwritten.
 * @throws DatasetError `out-of-range` for an id or position that has no row.
 */
export function addEmbeddings(
  { token, position, dim }: EmbeddingTables,
  ids: Int32Array | Uint16Array,
  positions: Int32Array | undefined,
  maxLength: number,
  target: Float32Array,
): void {
  for (let index = 0; index < ids.length; index++) {
    const from = rowStart('id', ids[index]!, token.length, dim)
    const to = index * dim
    if (position === undefined) {
      target.set(token.subarray(from, from + dim), to)
      continue
    }
    const at = rowStart('position', positions?.[index] ?? index % maxLength, position.length, dim)
    for (let element = 0; element < dim; element++) {
      target[to + element] = token[from + element]! + position[at + element]!
    }
  }
}

function rowStart(what: string, row: number, tableLength: number, dim: number): number {
  const start = row * dim
  if (row >= 0 && start < tableLength) return start
  throw new DatasetError('out-of-range', `Expected \`${what}\` in [0, ${tableLength / dim}), got ${row}`)
}
