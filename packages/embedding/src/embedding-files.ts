import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { EmbeddingError } from './errors.ts'
import { buildEmbeddingGraph, type GraphTables, type TableLocation } from './onnx/embedding-graph.ts'
import type { TensorEntry } from './safetensors/header.ts'
import { readHeader } from './safetensors/read-header.ts'
import {
  writeFileAtomically,
  writeSafetensors,
  type TensorToWrite,
  type WrittenFile,
} from './safetensors/write.ts'
import type { EmbeddingTable } from './table.ts'

/** Names of the files and tensors of a saved embedding; the tensors' are those of GPT-2 checkpoints. */
export const embeddingFileNames = {
  tables: 'tables.safetensors',
  graph: 'embedding.onnx',
  token: 'wte.weight',
  position: 'wpe.weight',
} as const

/** The tables of an embedding. */
export interface EmbeddingTables {
  readonly tokenTable: EmbeddingTable
  /** Learned absolute positions; left out, nothing is added to the token embedding. */
  readonly positionTable?: EmbeddingTable | undefined
}

/** The files of a saved embedding. */
export interface EmbeddingFiles {
  readonly tables: WrittenFile
  readonly graph: WrittenFile
}

/**
 * Saves the tables as `tables.safetensors` and the ONNX graph that looks them up as `embedding.onnx`, both in
 * `directory`, which is made if need be. The graph refers to the tables' file by name: there is one copy on disk.
 *
 * @throws EmbeddingError `SHAPE_MISMATCH` when the tables differ in `embeddingDim`.
 */
export async function writeEmbeddingFiles(
  directory: string,
  tables: EmbeddingTables,
): Promise<EmbeddingFiles> {
  checkDims(tables)
  await mkdir(directory, { recursive: true })
  const tensors = [tensor(embeddingFileNames.token, tables.tokenTable)]
  if (tables.positionTable) tensors.push(tensor(embeddingFileNames.position, tables.positionTable))
  const { tensors: placed, ...file } = await writeSafetensors(
    join(directory, embeddingFileNames.tables),
    tensors,
  )
  const graph = buildEmbeddingGraph(graphTables(placed))
  return {
    tables: file,
    graph: await writeFileAtomically(join(directory, embeddingFileNames.graph), [graph]),
  }
}

/** @throws EmbeddingError `SHAPE_MISMATCH`. */
export function checkDims({ tokenTable, positionTable }: EmbeddingTables): void {
  if (positionTable && positionTable.embeddingDim !== tokenTable.embeddingDim) {
    throw new EmbeddingError(
      'SHAPE_MISMATCH',
      `Expected both tables to have the same \`embeddingDim\`, got ${tokenTable.embeddingDim} (token) and ${positionTable.embeddingDim} (position)`,
    )
  }
}

/**
 * Where the tables lie that {@link writeEmbeddingFiles} wrote to `directory`.
 *
 * @throws EmbeddingError `INVALID_FILE` or `TENSOR_NOT_FOUND`.
 */
export async function locateTables(directory: string): Promise<GraphTables> {
  const path = join(directory, embeddingFileNames.tables)
  const file = await open(path, 'r')
  try {
    const { tensors } = await readHeader(file, path)
    return graphTables(tensors, path)
  } finally {
    await file.close()
  }
}

function tensor(name: string, table: EmbeddingTable): TensorToWrite {
  return { name, dtype: 'F32', shape: [table.numEmbeddings, table.embeddingDim], data: table.weight }
}

function graphTables(
  tensors: ReadonlyMap<string, TensorEntry>,
  path: string = embeddingFileNames.tables,
): GraphTables {
  const token = location(tensors, embeddingFileNames.token, path)
  if (!token) {
    throw new EmbeddingError(
      'TENSOR_NOT_FOUND',
      `${path}: no tensor ${embeddingFileNames.token} in this file`,
    )
  }
  return { token, position: location(tensors, embeddingFileNames.position, path) }
}

function location(
  tensors: ReadonlyMap<string, TensorEntry>,
  name: string,
  path: string,
): TableLocation | undefined {
  const entry = tensors.get(name)
  if (!entry) return undefined
  const [numEmbeddings, embeddingDim, more] = entry.shape
  if (
    entry.dtype !== 'F32' ||
    numEmbeddings === undefined ||
    embeddingDim === undefined ||
    more !== undefined
  ) {
    throw new EmbeddingError(
      'INVALID_FILE',
      `${path}: expected ${name} to be F32 with two dimensions, got ${entry.dtype} [${entry.shape.join(', ')}]`,
    )
  }
  return { name, numEmbeddings, embeddingDim, location: embeddingFileNames.tables, offset: entry.offset }
}
