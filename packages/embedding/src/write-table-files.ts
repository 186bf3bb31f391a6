import { createHash } from 'node:crypto'
import { embeddingFileNames } from './embedding-files.ts'
import { buildEmbeddingGraph, type TableLocation } from './onnx/embedding-graph.ts'
import { safetensorsChunks, type TensorInPieces, type WrittenFile } from './safetensors/write.ts'
import { bytesOf } from './table.ts'

/** A float32 table whose values come piece by piece, row-major. */
export interface TableInPieces {
  readonly rows: number
  readonly pieces: Iterable<Float32Array>
}

/** What {@link writeTableFiles} writes. */
export interface TablesInPieces {
  /** Columns of both tables. */
  readonly embeddingDim: number
  readonly token: TableInPieces
  /** Left out, nothing is added to the token table's rows. */
  readonly position?: TableInPieces | undefined
}

/** A table that was written into a file. */
export interface DrawnTable {
  /** Of the tensor in the file. */
  readonly name: string
  readonly shape: readonly [rows: number, columns: number]
  /** As of `tableSha256`: of the weights as little-endian float32 bytes, in hexadecimal. */
  readonly sha256: string
}

/** Writes one file from its bytes, which come piece by piece and may lie in the same memory, and says what it likes of it. */
export type WriteFile<Written = WrittenFile> = (
  name: string,
  chunks: Iterable<Uint8Array>,
) => Promise<Written>

/** What {@link writeTableFiles} wrote. */
export interface TableFiles<Written> {
  readonly tables: Written
  readonly graph: Written
  /** In the order of the file. */
  readonly drawn: readonly DrawnTable[]
  /** Of the graph's bytes, in hexadecimal. */
  readonly graphSha256: string
}

/**
 * Hands the files that `writeEmbeddingFiles` saves to `write`: the tables and the graph that looks them up, with a piece in memory
 * however large the tables. Each table is hashed as it passes: `write` need not hash again.
 */
export async function writeTableFiles<Written>(
  write: WriteFile<Written>,
  { embeddingDim, token, position }: TablesInPieces,
): Promise<TableFiles<Written>> {
  const drawn: DrawnTable[] = []
  const tensorOf = (name: string, { rows, pieces }: TableInPieces): TensorInPieces => {
    const shape = [rows, embeddingDim] as const
    const onEnd = (sha256: string): void => void drawn.push({ name, shape, sha256 })
    return { name, dtype: 'F32', shape, pieces: hashed(pieces, onEnd) }
  }
  const named = [
    tensorOf(embeddingFileNames.token, token),
    ...(position === undefined ? [] : [tensorOf(embeddingFileNames.position, position)]),
  ]
  const { chunks, tensors } = safetensorsChunks(named)
  const locate = (name: string, numEmbeddings: number): TableLocation => ({
    ...{ name, numEmbeddings, embeddingDim, dtype: 'f32' },
    ...{ location: embeddingFileNames.tables, offset: tensors.get(name)!.offset },
  })
  const graph = buildEmbeddingGraph({
    token: locate(embeddingFileNames.token, token.rows),
    position: position && locate(embeddingFileNames.position, position.rows),
  })
  return {
    tables: await write(embeddingFileNames.tables, chunks),
    graph: await write(embeddingFileNames.graph, [graph]),
    drawn,
    graphSha256: createHash('sha256').update(graph).digest('hex'),
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
