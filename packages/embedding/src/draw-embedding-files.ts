import { normalPieces, type Generator } from '@sluice/torch-random'
import type { EmbeddingFiles } from './embedding-files.ts'
import { checkCount } from './table.ts'
import { writeTableFiles, type DrawnTable, type TableInPieces, type WriteFile } from './write-table-files.ts'

/** What {@link drawEmbeddingFiles} draws. */
export interface DrawEmbeddingOptions {
  /** Rows of the token table. */
  readonly numEmbeddings: number
  /** Rows of the position table. */
  readonly numPositions: number
  /** Columns of both. */
  readonly embeddingDim: number
  /** Where the randomness comes from; it advances. */
  readonly generator: Generator
}

/**
 * Draws a float32 token table and then a position table, as `createEmbeddingTable` draws one after the other, and hands the files
 * that `writeEmbeddingFiles` saves to `write`: the same bytes under the same names, with a megabyte of memory however large the
 * tables.
 *
 * @throws EmbeddingError `invalid-argument` for invalid sizes.
 */
export async function drawEmbeddingFiles(
  write: WriteFile,
  { numEmbeddings, numPositions, embeddingDim, generator }: DrawEmbeddingOptions,
): Promise<EmbeddingFiles & { readonly drawn: readonly DrawnTable[] }> {
  checkCount('numEmbeddings', numEmbeddings, 0)
  checkCount('numPositions', numPositions, 0)
  checkCount('embeddingDim', embeddingDim, 1)
  const draw = (rows: number): TableInPieces => ({
    rows,
    pieces: normalPieces(rows * embeddingDim, { generator }),
  })
  const tables = { embeddingDim, token: draw(numEmbeddings), position: draw(numPositions) }
  const { graphSha256: _, ...files } = await writeTableFiles(write, tables)
  return files
}
