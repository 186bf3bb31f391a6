import { realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openRegularFile } from '@sluice/confined-file'
import { checkDims, embeddingFileNames, locateTables, type EmbeddingTables } from '../embedding-files.ts'
import { EmbeddingError } from '../errors.ts'
import type { LoadTablesOptions } from '../load/load-table.ts'
import { buildEmbeddingGraph, type GraphTables, type TableLocation } from '../onnx/embedding-graph.ts'
import { bytesOf, type EmbeddingTable } from '../table.ts'

/** Where an embedder finds its tables. */
export type TableOptions =
  /** A folder written by `writeEmbeddingFiles`: its graph is run as it is. */
  | { readonly directory: string }
  /** A safetensors checkpoint, whose tables are mapped where they lie, however large. */
  | ({ readonly checkpoint: string } & LoadTablesOptions)
  /** Tables in memory; ONNX Runtime makes its own copy of them. */
  | { readonly tokenTable: EmbeddingTable; readonly positionTable?: EmbeddingTable | undefined }

/** Graph and tables that a session is made from. */
export interface TableSource {
  readonly graph: Uint8Array
  readonly tables: GraphTables
  /** The folder that the graph's file names refer to; undefined for tables in memory. */
  readonly folder: string | undefined
  /** The values of tables in memory, by the file name that the graph has for them. */
  readonly memory: readonly { readonly path: string; readonly data: Uint8Array }[]
}

/** @throws EmbeddingError `invalid-file`, `tensor-not-found`, `shape-mismatch` or `unsupported-dtype`. */
export async function resolveTables(options: TableOptions): Promise<TableSource> {
  if ('directory' in options) {
    const folder = await realpath(options.directory)
    await using file = await openRegularFile(join(folder, embeddingFileNames.graph))
    const graph = await file.readFile()
    return { graph, folder, tables: await locateTables(join(folder, embeddingFileNames.tables)), memory: [] }
  }
  if ('checkpoint' in options) return resolveCheckpoint(options.checkpoint, options)
  const tables = { tokenTable: options.tokenTable, positionTable: options.positionTable }
  checkDims(tables)
  return inMemory(tables)
}

async function resolveCheckpoint(checkpoint: string, options: LoadTablesOptions): Promise<TableSource> {
  // Hugging Face's cache is made of symlinks, which ONNX Runtime refuses when they leave the model's folder.
  const path = await realpath(checkpoint)
  const tables = await locateTables(path, options)
  if (tables.position && tables.position.location !== tables.token.location) {
    const files = `${tables.token.location} and ${tables.position.location}`
    throw new EmbeddingError(
      'invalid-file',
      `${checkpoint}: expected both tables in one file, they are in ${files}; use loadTables`,
    )
  }
  return { graph: buildEmbeddingGraph(tables), folder: dirname(path), tables, memory: [] }
}

function inMemory({ tokenTable, positionTable }: EmbeddingTables): TableSource {
  const token = place(embeddingFileNames.token, tokenTable)
  const position = positionTable && place(embeddingFileNames.position, positionTable)
  const memory = [{ path: token.location, data: unshared(tokenTable.weight) }]
  if (positionTable) memory.push({ path: embeddingFileNames.position, data: unshared(positionTable.weight) })
  const tables = { token, position }
  return { graph: buildEmbeddingGraph(tables), folder: undefined, tables, memory }
}

function place(name: string, { numEmbeddings, embeddingDim }: EmbeddingTable): TableLocation {
  return { name, numEmbeddings, embeddingDim, dtype: 'f32', location: name, offset: 0 }
}

/** The binding takes no shared memory for model data. */
function unshared(weight: Float32Array): Uint8Array {
  const bytes = bytesOf(weight)
  return bytes.buffer instanceof ArrayBuffer ? bytes : new Uint8Array(bytes)
}
