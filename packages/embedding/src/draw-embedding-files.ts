import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { normalPieces, type Generator } from '@sluice/torch-random'
import { embeddingFileNames, writeGraph, type EmbeddingFiles } from './embedding-files.ts'
import { writeSafetensors, type TensorInPieces } from './safetensors/write.ts'
import { bytesOf, checkCount } from './table.ts'

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

/** A table that was drawn into a file. */
export interface DrawnTable {
  /** Of the tensor in the file. */
  readonly name: string
  readonly shape: readonly [rows: number, columns: number]
  /** As of `tableSha256`: of the weights as little-endian float32 bytes, in hexadecimal. */
  readonly sha256: string
}

/**
 * Draws a float32 token table and then a position table, as `createEmbeddingTable` draws one after the other, and saves them
 * as `writeEmbeddingFiles` does: the same bytes in the same files, with a megabyte of memory however large the tables.
 *
 * @throws EmbeddingError `invalid-argument` for invalid sizes.
 */
export async function drawEmbeddingFiles(
  directory: string,
  { numEmbeddings, numPositions, embeddingDim, generator }: DrawEmbeddingOptions,
): Promise<EmbeddingFiles & { readonly drawn: readonly DrawnTable[] }> {
  checkCount('numEmbeddings', numEmbeddings, 0)
  checkCount('numPositions', numPositions, 0)
  checkCount('embeddingDim', embeddingDim, 1)
  await mkdir(directory, { recursive: true })
  const drawn: DrawnTable[] = []
  const draw = (name: string, rows: number): TensorInPieces => {
    const shape = [rows, embeddingDim] as const
    const onDrawn = (sha256: string): void => void drawn.push({ name, shape, sha256 })
    return {
      name,
      dtype: 'F32',
      shape,
      pieces: hashed(normalPieces(rows * embeddingDim, { generator }), onDrawn),
    }
  }
  const path = join(directory, embeddingFileNames.tables)
  const tables = [
    draw(embeddingFileNames.token, numEmbeddings),
    draw(embeddingFileNames.position, numPositions),
  ]
  const { tensors: _, ...file } = await writeSafetensors(path, tables)
  return { tables: file, graph: await writeGraph(directory), drawn }
}

function* hashed(
  pieces: Iterable<Float32Array>,
  onEnd: (sha256: string) => void,
): globalThis.Generator<Float32Array, void, undefined> {
  const hash = createHash('sha256')
  for (const piece of pieces) {
    hash.update(bytesOf(piece))
    yield piece
  }
  onEnd(hash.digest('hex'))
}
