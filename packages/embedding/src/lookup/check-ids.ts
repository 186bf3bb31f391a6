import { EmbeddingError } from '../errors.ts'

/**
 * Makes sure that every id is a row of its table. GPU providers do not: there a bad id reads foreign memory.
 *
 * @throws EmbeddingError `id-out-of-range` naming the first bad id and its place.
 */
export function checkIds(ids: Int32Array, numEmbeddings: number, name: string): void {
  for (let i = 0; i < ids.length; i++) {
    // Unsigned, a negative id is a large one.
    if (ids[i]! >>> 0 >= numEmbeddings) {
      throw new EmbeddingError(
        'id-out-of-range',
        `Expected ids in 0 .. ${numEmbeddings - 1}, got ${ids[i]} at \`${name}[${i}]\``,
      )
    }
  }
}
