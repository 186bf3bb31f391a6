import { openRegularFile } from '@sluice/confined-file'
import type { TableDtype } from '../dtype.ts'
import { EmbeddingError } from '../errors.ts'
import { tableFromWeight, type EmbeddingTable } from '../table.ts'
import { findTensor, knownNames } from './find-tensor.ts'
import { readValues } from './read-values.ts'
import { isStoredDtype, type StoredDtype } from '../tensor-entry.ts'
import { listTensors, type LocatedTensor } from './tensor-file.ts'

/** Which tensor to load, and what it must be like. */
export interface LoadTableOptions {
  /** Its name in the file. @default the usual names of token tables: `wte.weight`, `model.embed_tokens.weight`, … */
  readonly name?: string
  /** Rows it must have. */
  readonly numEmbeddings?: number
  /** Columns it must have. */
  readonly embeddingDim?: number
  /** Its padding row; negative counts from the end. */
  readonly paddingIdx?: number
}

/**
 * Loads a table from a `.safetensors` file, a sharded checkpoint's `.index.json` or a `.npy` file (f64, f32, f16 or bf16).
 *
 * The values are read in slices straight into the table, so the memory needed is the table's, and the event loop goes
 * on. To look up a large table without loading it at all, give its file to `createEmbedder({ checkpoint })`.
 *
 * @throws EmbeddingError `tensor-not-found`, `shape-mismatch`, `unsupported-dtype` or `invalid-file`.
 */
export async function loadTable(path: string, options: LoadTableOptions = {}): Promise<EmbeddingTable> {
  const tensors = await listTensors(path)
  const tensor = findTensor(tensors, options.name === undefined ? knownNames.token : [options.name], path)
  return readTable(tensor, options)
}

/** What to load from a checkpoint. */
export interface LoadTablesOptions {
  /** @default the usual names: `wte.weight`, `model.embed_tokens.weight`, … */
  readonly tokenName?: string
  /** `null` for none. @default the usual names: `wpe.weight`, …, and none if there is no such tensor */
  readonly positionName?: string | null
  /** Rows that the token table must have. */
  readonly vocabSize?: number
  /** Rows that the position table must have. */
  readonly contextLength?: number
  /** Columns that both must have. */
  readonly embeddingDim?: number
}

/**
 * Loads the token and position tables of a checkpoint, such as GPT-2's `model.safetensors`.
 *
 * @throws EmbeddingError as {@link loadTable} does.
 */
export async function loadTables(
  path: string,
  options: LoadTablesOptions = {},
): Promise<{ readonly tokenTable: EmbeddingTable; readonly positionTable: EmbeddingTable | undefined }> {
  const { token, position } = await findTables(path, options)
  const { vocabSize, contextLength } = options
  const embeddingDim = options.embeddingDim ?? token.shape[1]
  const tokenTable = await readTable(token, { numEmbeddings: vocabSize, embeddingDim })
  const positionTable =
    position && (await readTable(position, { numEmbeddings: contextLength, embeddingDim }))
  return { tokenTable, positionTable }
}

/** Finds the tables of a checkpoint by the names given or known. */
export async function findTables(
  path: string,
  { tokenName, positionName }: LoadTablesOptions,
): Promise<{ readonly token: LocatedTensor; readonly position: LocatedTensor | undefined }> {
  const tensors = await listTensors(path)
  const token = findTensor(tensors, tokenName === undefined ? knownNames.token : [tokenName], path)
  if (positionName === null) return { token, position: undefined }
  if (positionName !== undefined) return { token, position: findTensor(tensors, [positionName], path) }
  const known = knownNames.position.find((name) => tensors.has(name))
  return { token, position: known && findTensor(tensors, [known], path) }
}

interface Expected {
  readonly numEmbeddings?: number | undefined
  readonly embeddingDim?: number | undefined
  readonly paddingIdx?: number | undefined
}

/** The sizes and format of a tensor that is to be a table. */
export function tableShape(tensor: LocatedTensor, expected: Expected): TableShape {
  const { name, path, dtype, shape } = tensor
  const [numEmbeddings, embeddingDim, more] = shape
  if (numEmbeddings === undefined || embeddingDim === undefined || more !== undefined) {
    throw new EmbeddingError(
      'shape-mismatch',
      `${path}: expected ${name} to have two dimensions, got [${shape.join(', ')}]`,
    )
  }
  if (numEmbeddings === 0 || embeddingDim === 0) {
    throw new EmbeddingError(
      'shape-mismatch',
      `${path}: expected ${name} to have values, got [${shape.join(', ')}]`,
    )
  }
  for (const [what, wanted, got] of [
    ['rows', expected.numEmbeddings, numEmbeddings],
    ['columns', expected.embeddingDim, embeddingDim],
  ] as const) {
    if (wanted !== undefined && wanted !== got) {
      throw new EmbeddingError(
        'shape-mismatch',
        `${path}: expected ${name} to have ${wanted} ${what}, got [${shape.join(', ')}]`,
      )
    }
  }
  if (!isStoredDtype(dtype)) {
    throw new EmbeddingError(
      'unsupported-dtype',
      `${path}: expected ${name} to be F64, F32, F16 or BF16, got ${dtype}; convert it first`,
    )
  }
  return { numEmbeddings, embeddingDim, stored: dtype }
}

interface TableShape {
  readonly numEmbeddings: number
  readonly embeddingDim: number
  readonly stored: StoredDtype
}

const tableDtypes: Readonly<Record<StoredDtype, TableDtype>> = {
  F64: 'f32',
  F32: 'f32',
  F16: 'f16',
  BF16: 'bf16',
}

async function readTable(tensor: LocatedTensor, expected: Expected): Promise<EmbeddingTable> {
  const { numEmbeddings, embeddingDim, stored } = tableShape(tensor, expected)
  const weight = new Float32Array(numEmbeddings * embeddingDim)
  const file = await openRegularFile(tensor.path)
  try {
    await readValues(file, tensor.offset, stored, weight, tensor.path)
  } finally {
    await file.close()
  }
  const table = tableFromWeight({ embeddingDim, weight, paddingIdx: expected.paddingIdx })
  return { ...table, dtype: tableDtypes[stored] }
}
