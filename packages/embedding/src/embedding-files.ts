import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { encodeValues, storedFormats, type TableDtype } from './dtype.ts'
import { EmbeddingError } from './errors.ts'
import { findTables, tableShape, type LoadTablesOptions } from './load/load-table.ts'
import type { LocatedTensor } from './load/tensor-file.ts'
import { buildEmbeddingGraph, type GraphTables, type TableLocation } from './onnx/embedding-graph.ts'
import {
  writeFileAtomically,
  writeSafetensors,
  type TensorToWrite,
  type WrittenFile,
} from './safetensors/write.ts'
import type { PositionEncoding } from './positions/position-encoding.ts'
import type { EmbeddingTable } from './table.ts'

/** Names of the files and tensors of a saved embedding; the tensors' are those of GPT-2 checkpoints. */
export const embeddingFileNames = {
  tables: 'tables.safetensors',
  graph: 'embedding.onnx',
  positions: 'positions.json',
  token: 'wte.weight',
  position: 'wpe.weight',
} as const

/** The tables of an embedding. */
export interface EmbeddingTables {
  readonly tokenTable: EmbeddingTable
  /** Absolute positions, learned or sinusoidal; left out, nothing is added to the token embedding. */
  readonly positionTable?: EmbeddingTable | undefined
}

/** The files of a saved embedding. */
export interface EmbeddingFiles {
  readonly tables: WrittenFile
  readonly graph: WrittenFile
  /** Only when a position encoding was given. */
  readonly positions?: WrittenFile
}

/**
 * Saves the tables as `tables.safetensors`, each in its own `dtype`, and the ONNX graph that looks them up as
 * `embedding.onnx`, both in `directory`, which is made if need be. The graph refers to the tables' file by name: there is
 * one copy on disk.
 *
 * @param positions - Adds the encoding's own tables to `tables.safetensors` and saves its definition as `positions.json`.
 * @throws EmbeddingError `shape-mismatch` when the tables differ in `embeddingDim`.
 */
export async function writeEmbeddingFiles(
  directory: string,
  tables: EmbeddingTables,
  positions?: Pick<PositionEncoding, 'tensors' | 'definition'>,
): Promise<EmbeddingFiles> {
  checkDims(tables)
  await mkdir(directory, { recursive: true })
  const path = join(directory, embeddingFileNames.tables)
  const tensors = [toTensor(embeddingFileNames.token, tables.tokenTable)]
  if (tables.positionTable) tensors.push(toTensor(embeddingFileNames.position, tables.positionTable))
  const { tensors: _, ...file } = await writeSafetensors(path, [...tensors, ...(positions?.tensors ?? [])])
  const files = { tables: file, graph: await writeGraph(directory) }
  if (!positions) return files
  const definition = Buffer.from(`${JSON.stringify(positions.definition, undefined, 2)}\n`)
  return {
    ...files,
    positions: await writeFileAtomically(join(directory, embeddingFileNames.positions), [definition]),
  }
}

/** Writes the graph for the tables that are in `directory`. */
async function writeGraph(directory: string): Promise<WrittenFile> {
  const graph = buildEmbeddingGraph(await locateTables(join(directory, embeddingFileNames.tables)))
  return writeFileAtomically(join(directory, embeddingFileNames.graph), [graph])
}

/** @throws EmbeddingError `shape-mismatch`. */
export function checkDims({ tokenTable, positionTable }: SizedTables): void {
  if (positionTable && positionTable.embeddingDim !== tokenTable.embeddingDim) {
    throw new EmbeddingError(
      'shape-mismatch',
      `Expected both tables to have the same \`embeddingDim\`, got ${tokenTable.embeddingDim} (token) and ${positionTable.embeddingDim} (position)`,
    )
  }
}

interface SizedTables {
  readonly tokenTable: { readonly embeddingDim: number }
  readonly positionTable?: { readonly embeddingDim: number } | undefined
}

/**
 * Where the tables of a safetensors file lie, for a graph in the same folder.
 *
 * @throws EmbeddingError `invalid-file`, `tensor-not-found`, `shape-mismatch` or `unsupported-dtype`.
 */
export async function locateTables(path: string, options: LoadTablesOptions = {}): Promise<GraphTables> {
  const found = await findTables(path, options)
  const token = location(found.token, options.vocabSize, options.embeddingDim)
  const position = found.position && location(found.position, options.contextLength, options.embeddingDim)
  checkDims({ tokenTable: token, positionTable: position })
  return { token, position }
}

function toTensor(
  name: string,
  { numEmbeddings, embeddingDim, weight, dtype }: EmbeddingTable,
): TensorToWrite {
  const stored = storedFormats[dtype].safetensors
  return { name, dtype: stored, shape: [numEmbeddings, embeddingDim], data: encodeValues(weight, dtype) }
}

function location(
  tensor: LocatedTensor,
  rows: number | undefined,
  columns: number | undefined,
): TableLocation {
  const expected = { numEmbeddings: rows, embeddingDim: columns }
  const { numEmbeddings, embeddingDim, stored } = tableShape(tensor, expected)
  const dtype = Object.entries(storedFormats).find(([, format]) => format.safetensors === stored)?.[0]
  if (!isTableDtype(dtype)) {
    throw new EmbeddingError(
      'unsupported-dtype',
      `${tensor.path}: expected ${tensor.name} to be F32, F16 or BF16 to be looked up in place, got ${stored}; load it with loadTable`,
    )
  }
  return {
    name: tensor.name,
    numEmbeddings,
    embeddingDim,
    dtype,
    location: basename(tensor.path),
    offset: tensor.offset,
  }
}

function isTableDtype(name: string | undefined): name is TableDtype {
  return name !== undefined && Object.hasOwn(storedFormats, name)
}
