import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { elementsPerRow, type ElementType } from '../layout/columns.ts'
import { keptValueBytes } from '../layout/layout.ts'
import type { ElementArray } from '../layout/typed-array.ts'
import type { Dataset } from '../reader/dataset.ts'
import type { WindowBatch } from '../reader/window-batch.ts'
import { textAt } from '../part/text-values.ts'
import {
  exportColumns,
  exportRows,
  exportTexts,
  type ExportColumn,
  type RowOptions,
} from './export-columns.ts'
import type { ExportFile, ExportFolder } from './export-folder.ts'
import { widenHalves } from './widen-halves.ts'

/** Row groups hold about this many numbers: the writer takes JavaScript arrays, so memory grows with them. */
const numbersPerRowGroup = 1 << 20

/**
 * `data.parquet` with every column of the dataset, `source` by its name. Parquet has no 16-bit integers as a physical type
 * and few readers of its half floats, so both are widened, exactly.
 */
export async function exportParquet(
  dataset: Dataset,
  folder: ExportFolder,
  options: RowOptions,
): Promise<void> {
  const columns = exportColumns(dataset.layout, options)
  const texts = exportTexts(dataset.layout)
  const file = folder.file('data.parquet')
  const bytes = new ByteWriter()
  const schema: SchemaElements = [
    { name: 'root', num_children: columns.length + texts.length },
    ...columns.flatMap(schemaOf),
    ...texts.map(({ name }) => ({ name, ...optional, ...text })),
  ]
  const writer = new ParquetWriter({ writer: flushing(bytes, file), schema, createdBy: 'sluice' })
  const numbersPerRow = columns.reduce((sum, column) => sum + Math.max(1, elementsPerRow(column)), 0)
  // A text counts as the numbers that take its room.
  const numbersOfTexts = texts.length === 0 ? 0 : (texts.length * keptValueBytes(dataset.layout.kept!)) / 8
  const rowsPerGroup = Math.max(1, Math.floor(numbersPerRowGroup / (numbersPerRow + numbersOfTexts)))
  for (let first = 0; first < dataset.length; first += rowsPerGroup) {
    const end = Math.min(first + rowsPerGroup, dataset.length)
    const data = columns.map((): unknown[] => [])
    const textData = texts.map((): (string | null)[] => [])
    for await (const batch of exportRows(dataset, columns, { first, end })) {
      const names = await namesOf(dataset, batch)
      for (const [index, column] of columns.entries()) {
        for (const row of rowsOf(column, batch, names)) data[index]!.push(row)
      }
      for (const { place } of texts) {
        const values = batch.kept![place]!
        for (let row = 0; row < batch.rows; row++) textData[place]!.push(textAt(values, row))
      }
    }
    const columnData = [
      ...columns.map(({ name }, index) => ({ name, data: data[index]! })),
      ...texts.map(({ name, place }) => ({ name, data: textData[place]! })),
    ]
    await writer.write({ columnData, rowGroupSize: end - first })
  }
  await writer.finish()
  flush(bytes, file)
}

/** The names of the sources of a batch, by their number. */
async function namesOf({ sources }: Dataset, { source }: WindowBatch): Promise<ReadonlyMap<number, string>> {
  const names = new Map<number, string>()
  for (const index of source) {
    if (!names.has(index)) names.set(index, (await sources.at(index))?.name ?? '')
  }
  return names
}

/** The values of a column, row by row, as the writer takes them. */
function* rowsOf(column: ExportColumn, batch: WindowBatch, names: ReadonlyMap<number, string>): Generator {
  if (column.name === 'source') {
    for (const index of batch.source) yield names.get(index) ?? ''
    return
  }
  const values = widen(column, column.values(batch))
  const offsets = column.offsets?.(batch)
  const perRow = elementsPerRow(column)
  for (let row = 0; row < batch.rows; row++) {
    const start = offsets?.[row] ?? row * perRow
    const end = offsets?.[row + 1] ?? start + perRow
    if (column.shape === 'list') yield [...values.subarray(start, end)]
    else yield nest(values, start, column.shape)
  }
}

function widen({ element }: ExportColumn, values: ElementArray): ElementArray {
  return element === 'f16' || element === 'bf16' ? widenHalves(values as Uint16Array, element) : values
}

function nest(values: ElementArray, start: number, [length, ...inner]: readonly number[]): unknown {
  if (length === undefined) return values[start]
  const step = elementsPerRow({ shape: inner })
  if (inner.length === 0) return [...values.subarray(start, start + length)]
  return Array.from({ length }, (_, index) => nest(values, start + index * step, inner))
}

type SchemaElements = ConstructorParameters<typeof ParquetWriter>[0]['schema']

const physicalType: Readonly<Record<ElementType, 'INT32' | 'INT64' | 'FLOAT'>> = {
  int32: 'INT32',
  uint16: 'INT32',
  int64: 'INT64',
  f32: 'FLOAT',
  f16: 'FLOAT',
  bf16: 'FLOAT',
}

function schemaOf({ name, element, shape }: ExportColumn): SchemaElements {
  if (name === 'source') return [{ name, ...required, ...text }]
  return listSchema(name, shape === 'list' ? 1 : shape.length, physicalType[element])
}

const required = { repetition_type: 'REQUIRED' } as const
const optional = { repetition_type: 'OPTIONAL' } as const
const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const

/** Lists in lists, each in the three levels that the format's logical types ask for. */
function listSchema(name: string, depth: number, type: 'INT32' | 'INT64' | 'FLOAT'): SchemaElements {
  if (depth === 0) return [{ name, ...required, type }]
  return [
    { name, ...required, num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...listSchema('element', depth - 1, type),
  ]
}

/** The library's writer, emptied into the file after each row group. */
function flushing(writer: ByteWriter, file: ExportFile): ByteWriter {
  return Object.assign(writer, {
    flush: () => {
      flush(writer, file)
    },
  })
}

function flush(writer: ByteWriter, file: ExportFile): void {
  file.write([writer.getBytes()])
  writer.index = 0
}
