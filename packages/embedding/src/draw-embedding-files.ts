import { createHash } from 'node:crypto'
import { normalPieces, type Generator } from '@sluice/torch-random'
import { embeddingFileNames, type EmbeddingFiles } from './embedding-files.ts'
import { buildEmbeddingGraph, type TableLocation } from './onnx/embedding-graph.ts'
import { safetensorsChunks, type TensorInPieces, type WrittenFile } from './safetensors/write.ts'
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

/** Writes one file from its bytes, which come piece by piece and may lie in the same memory. */
export type WriteFile = (name: string, chunks: Iterable<Uint8Array>) => Promise<WrittenFile>

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
  const { chunks, tensors } = safetensorsChunks([
    draw(embeddingFileNames.token, numEmbeddings),
    draw(embeddingFileNames.position, numPositions),
  ])
  const locate = (name: string, rows: number): TableLocation => {
    const { offset } = tensors.get(name)!
    return {
      ...{ name, numEmbeddings: rows, embeddingDim, dtype: 'f32' },
      ...{ location: embeddingFileNames.tables, offset },
    }
  }
  const graph = buildEmbeddingGraph({
    token: locate(embeddingFileNames.token, numEmbeddings),
    position: locate(embeddingFileNames.position, numPositions),
  })
  return {
    tables: await write(embeddingFileNames.tables, chunks),
    graph: await write(embeddingFileNames.graph, [graph]),
    drawn,
  }
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
