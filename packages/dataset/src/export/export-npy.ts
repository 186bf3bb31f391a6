import type { ElementType } from '../layout/columns.ts'
import { bytesOf } from '../layout/typed-array.ts'
import type { TextValues } from '../part/text-values.ts'
import type { Dataset } from '../reader/dataset.ts'
import { listOf, type ListColumnName, type WindowBatch } from '../reader/window-batch.ts'
import {
  exportColumns,
  exportRows,
  exportTexts,
  listColumnsOf,
  type ExportColumn,
  type RowOptions,
} from './export-columns.ts'
import type { ExportFile, ExportFolder } from './export-folder.ts'
import { npyHeader } from '../token-files/npy.ts'

/** numpy has no bfloat16: its bits are written as uint16, as in the dataset itself. */
export const descrOf: Readonly<Record<ElementType, string>> = {
  int32: '<i4',
  uint16: '<u2',
  int64: '<i8',
  f32: '<f4',
  f16: '<f2',
  bf16: '<u2',
}

/** Writes a batch's values of one column. */
type WriteBatch = (batch: WindowBatch) => void

/**
 * One `.npy` a column, rows first; lazy embeddings are added up. A column whose rows differ in length is two files: its
 * values, and `…_offsets.npy` with where each row's begin and, at the end, their number. Kept texts are the same, their values
 * bytes of UTF-8, and `…_valid.npy`, which is false where a row has none.
 */
export async function exportNpy(dataset: Dataset, folder: ExportFolder, options: RowOptions): Promise<void> {
  const { layout, length } = dataset
  // numpy states shapes, so embeddings always have theirs.
  const columns = exportColumns({ ...layout, layout: 'nested' }, options)
  const counts = await countElements(dataset, columns)
  const writers = columns.map((column): WriteBatch => {
    const file = folder.file(`${column.name}.npy`)
    const shape = column.shape === 'list' ? [counts.get(column.from)!] : [length, ...column.shape]
    file.write([npyHeader(descrOf[column.element], shape)])
    const writeValues: WriteBatch = (batch) => {
      file.write([bytesOf(column.values(batch))])
    }
    if (column.offsets === undefined) return writeValues
    const writeOffsets = offsetsWriter(folder.file(`${column.name}_offsets.npy`), length, column.offsets)
    return (batch) => {
      writeValues(batch)
      writeOffsets(batch)
    }
  })
  writers.push(...(await textWriters(dataset, folder, () => exportRows(dataset, []))))
  for await (const batch of exportRows(dataset, columns)) for (const write of writers) write(batch)
}

/** What is written of kept texts. */
interface KeptBatch {
  readonly rows: number
  readonly kept?: readonly TextValues[]
}

/**
 * Writers of the kept texts. Names of columns are the user's: a file's name has only what is safe in one.
 *
 * @param read gives all rows with the columns of these names
 */
export async function textWriters(
  { layout, length }: Pick<Dataset, 'layout' | 'length'>,
  folder: ExportFolder,
  read: (columns: readonly string[]) => AsyncIterable<KeptBatch>,
): Promise<readonly ((batch: KeptBatch) => void)[]> {
  const texts = exportTexts(layout)
  if (texts.length === 0) return []
  const byteLengths = texts.map(() => 0)
  for await (const { kept } of read(texts.map(({ name }) => name)))
    for (const { place } of texts) byteLengths[place]! += kept![place]!.bytes.length
  return texts.map(({ name, place }) => {
    const stem = encodeURIComponent(name)
    const file = folder.file(`${stem}.npy`)
    const valid = folder.file(`${stem}_valid.npy`)
    file.write([npyHeader('|u1', [byteLengths[place]!])])
    valid.write([npyHeader('|b1', [length])])
    const offsetsOf = ({ kept }: KeptBatch): Int32Array => kept![place]!.offsets
    const writeOffsets = offsetsWriter(folder.file(`${stem}_offsets.npy`), length, offsetsOf)
    return (batch: KeptBatch): void => {
      const { bytes, validity } = batch.kept![place]!
      file.write([bytes])
      valid.write([
        Uint8Array.from({ length: batch.rows }, (_, row) => (validity[row >> 3]! >> (row & 7)) & 1),
      ])
      writeOffsets(batch)
    }
  })
}

/** Writes offsets that count over all rows, from 0. */
export function offsetsWriter<B>(
  file: ExportFile,
  rows: number,
  offsetsOf: (batch: B) => Int32Array,
): (batch: B) => void {
  file.write([npyHeader('<i8', [rows + 1]), bytesOf(BigInt64Array.of(0n))])
  let before = 0n
  return (batch) => {
    const offsets = offsetsOf(batch)
    const ends = BigInt64Array.from(offsets.subarray(1), (end) => before + BigInt(end))
    before += BigInt(offsets.at(-1)!)
    file.write([bytesOf(ends)])
  }
}

/** How many values each list column has in all: a `.npy` states its length before its values. */
async function countElements(
  dataset: Dataset,
  columns: readonly ExportColumn[],
): Promise<ReadonlyMap<string, number>> {
  const lists = listColumnsOf(columns)
  const counts = new Map<ListColumnName, number>(lists.map((name) => [name, 0]))
  if (lists.length === 0) return counts
  const listed = columns.filter(({ from }) => counts.has(from as ListColumnName))
  for await (const batch of exportRows(dataset, listed)) {
    for (const name of lists) counts.set(name, counts.get(name)! + listOf(batch, name).values.length)
  }
  return counts
}
