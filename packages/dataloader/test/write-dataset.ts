import {
  commitManifest,
  createPartWriter,
  folderStorage,
  openDataset,
  resolveLayout,
  TextBuilder,
  type Dataset,
  type DatasetLayout,
  type LayoutOptions,
  type PartBatch,
  type TableIdentity,
} from '@sluice/dataset'
import {
  createEmbeddingTable,
  embeddingFileNames,
  tableSha256,
  writeEmbeddingFiles,
  type EmbeddingTable,
} from '@sluice/embedding'
import { encodeBfloat16, encodeFloat16, Generator } from '@sluice/torch-random'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { countWindows, cutWindows, tokenRangeOfWindows } from '../src/windows.ts'

/** A small dataset to write. */
export interface DatasetToWrite extends Omit<LayoutOptions, 'vocabSize' | 'ids' | 'fillId'> {
  readonly folder: string
  readonly ids: Int32Array
  readonly stride: number
  readonly vocabSize?: number
  /** Rows of each part but the last. */
  readonly rowsPerPart: number
  /** Which tables, and another plan. @default 123 */
  readonly seed?: number
}

/** Writes a dataset with the parts of the product and opens it. */
export async function writeDataset(options: DatasetToWrite): Promise<Dataset> {
  const { folder, ids, stride, rowsPerPart, vocabSize = 50, seed = 123, ...rest } = options
  const layout = resolveLayout({ ...rest, vocabSize })
  const shape = { maxLength: layout.maxLength, stride }
  const storage = folderStorage(folder)
  const windows = countWindows(ids.length, shape)
  const partCount = Math.ceil(windows / rowsPerPart)
  const planId = createHash('sha256')
    .update(JSON.stringify({ ...options, folder: '' }))
    .digest('hex')
  const tables = layout.embedding === 'none' ? undefined : createTables(layout, seed)
  const files = tables && (await writeEmbeddingFiles(join(folder, 'tables'), tables))
  for (let index = 0; index < partCount; index++) {
    const firstWindow = index * rowsPerPart
    await using writer = createPartWriter({ storage, layout, planId, index, firstWindow })
    const end = Math.min(windows, firstWindow + rowsPerPart)
    for (let first = firstWindow; first < end; first += layout.rowsPerBatch) {
      const rows = Math.min(layout.rowsPerBatch, end - first)
      await writer.append(batchOf(ids, { first, rows }, shape, layout, tables))
    }
    await writer.finish()
  }
  await commitManifest(storage, {
    planId,
    config: {},
    layout,
    windows: { stride, boundary: 'cross' },
    ...(layout.kept && {
      documentTable: {
        columns: layout.kept.names.map((name) => ({ name, field: name, nulls: 0 })),
        files: [],
      },
    }),
    sources: [{ name: 'test', byteLength: 0, sha256: planId }],
    dropped: {},
    partCount,
    identities: {
      tokenizer: { name: 'test', vocabSize, sha256: planId },
      tables: tables === undefined ? [] : identitiesOf(tables),
      graph:
        files === undefined
          ? null
          : { file: `tables/${embeddingFileNames.graph}`, sha256: files.graph.sha256 },
    },
  })
  return openDataset(folder)
}

interface Tables {
  readonly tokenTable: EmbeddingTable
  readonly positionTable: EmbeddingTable
}

/** The book's tables: token embedding first, then positions, from one seed. */
export function createTables(
  { vocabSize, dim, maxLength }: Pick<DatasetLayout, 'vocabSize' | 'dim' | 'maxLength'>,
  seed: number,
): Tables {
  const generator = new Generator(seed)
  const tokenTable = createEmbeddingTable({ numEmbeddings: vocabSize, embeddingDim: dim, generator })
  const positionTable = createEmbeddingTable({ numEmbeddings: maxLength, embeddingDim: dim, generator })
  return { tokenTable, positionTable }
}

const identity = (name: string, table: EmbeddingTable): TableIdentity => ({
  name,
  shape: [table.numEmbeddings, table.embeddingDim],
  dtype: 'f32',
  sha256: tableSha256(table),
  file: `tables/${embeddingFileNames.tables}`,
})

function identitiesOf({ tokenTable, positionTable }: Tables): TableIdentity[] {
  return [identity('wte.weight', tokenTable), identity('wpe.weight', positionTable)]
}

function batchOf(
  ids: Int32Array,
  { first, rows }: { readonly first: number; readonly rows: number },
  shape: { readonly maxLength: number; readonly stride: number },
  layout: DatasetLayout,
  tables: Tables | undefined,
): PartBatch {
  const tokens = rows * shape.maxLength
  const inputIds = new Int32Array(tokens)
  const targetIds = new Int32Array(tokens)
  const range = tokenRangeOfWindows(first, first + rows, shape)
  cutWindows(ids.subarray(range.start, range.end), rows, shape, inputIds, targetIds)
  const Ids = layout.idType === 'uint16' ? Uint16Array : Int32Array
  return {
    rows,
    inputIds: Ids.from(inputIds),
    targetIds: Ids.from(targetIds),
    ...(layout.embedding === 'full' ? { inputsEmbeds: addUp(inputIds, layout, tables!) } : {}),
    ...(layout.firstBlockDim !== undefined && { firstBlock: firstBlockOf(inputIds, layout) }),
    ...(layout.positionIds ? { positionIds: inputIds.map((_, i) => i % shape.maxLength) } : {}),
    ...(layout.documents === 'ids'
      ? { documentIds: new Int32Array(tokens), document: new BigInt64Array(rows) }
      : {}),
    ...(layout.documents === 'boundaries'
      ? { cuSeqlens: oneDocument(rows, shape.maxLength), document: new BigInt64Array(rows) }
      : {}),
    ...(layout.kept && { document: new BigInt64Array(rows), kept: keptOf(layout.kept.names, first, rows) }),
    source: new Int32Array(rows),
    byteStart: new Float64Array(rows),
    byteEnd: new Float64Array(rows),
  }
}

/** What a window's document carries along in a column: nothing in each fifth. */
export const keptText = (name: string, window: number): string | null =>
  window % 5 === 4 ? null : `${name} of ${window}`

function keptOf(names: readonly string[], first: number, rows: number): NonNullable<PartBatch['kept']> {
  return names.map((name) => {
    const builder = new TextBuilder(rows)
    for (let row = 0; row < rows; row++) {
      const text = keptText(name, first + row)
      builder.add(text === null ? null : Buffer.from(text))
    }
    return builder.build()
  })
}

/** A vector for each id that tells it and the column apart. */
export function firstBlockOf(
  ids: ArrayLike<number>,
  { firstBlockDim = 0, dtype }: Pick<DatasetLayout, 'firstBlockDim' | 'dtype'>,
): Float32Array | Uint16Array {
  const Values = dtype === 'f32' ? Float32Array : Uint16Array
  const values = new Values(ids.length * firstBlockDim)
  for (let i = 0; i < values.length; i++)
    values[i] = ids[Math.floor(i / firstBlockDim)]! * 8 + (i % firstBlockDim)
  return values
}

const oneDocument = (rows: number, maxLength: number) => ({
  offsets: Int32Array.from({ length: rows + 1 }, (_, row) => 2 * row),
  values: Int32Array.from({ length: 2 * rows }, (_, i) => (i % 2) * maxLength),
})

/** The obvious version: row by row, element by element. */
export function addUp(
  inputIds: ArrayLike<number>,
  { dim, maxLength, dtype }: Pick<DatasetLayout, 'dim' | 'maxLength' | 'dtype'>,
  { tokenTable, positionTable }: Tables,
): Float32Array | Uint16Array {
  const sums = new Float32Array(inputIds.length * dim)
  for (let i = 0; i < inputIds.length; i++) {
    for (let d = 0; d < dim; d++) {
      const token = tokenTable.weight[inputIds[i]! * dim + d]!
      sums[i * dim + d] = token + positionTable.weight[(i % maxLength) * dim + d]!
    }
  }
  if (dtype === 'f32') return sums
  const bits = new Uint16Array(sums.length)
  const round = dtype === 'f16' ? encodeFloat16 : encodeBfloat16
  round(sums, bits)
  return bits
}
