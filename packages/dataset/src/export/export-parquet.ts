import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { Dataset } from '../reader/dataset.ts'
import type { ExportFile, ExportFolder } from './export-folder.ts'

/** Row groups hold about this many ids: the writer takes its rows as JavaScript arrays, so memory grows with them. */
const idsPerRowGroup = 1 << 19

/**
 * `data.parquet` with ids and text offsets: `window`, `source` (its name), `byte_start`, `byte_end`, `input_ids` and
 * `target_ids`. Embeddings are left out: Parquet makes them no smaller and much slower to read.
 */
export async function exportParquet(dataset: Dataset, folder: ExportFolder): Promise<void> {
  const file = folder.file('data.parquet')
  const bytes = new ByteWriter()
  const writer = new ParquetWriter({ writer: flushing(bytes, file), schema, createdBy: 'sluice' })
  const { maxLength } = dataset.layout
  const rowsPerGroup = Math.max(1, Math.floor(idsPerRowGroup / maxLength))
  for (let first = 0; first < dataset.length; first += rowsPerGroup) {
    const rows = Math.min(rowsPerGroup, dataset.length - first)
    const batch = await dataset.read(first, rows)
    const lists = (ids: Int32Array | Uint16Array): number[][] =>
      Array.from({ length: rows }, (_, row) => [...ids.subarray(row * maxLength, (row + 1) * maxLength)])
    const columnData = [
      { name: 'window', data: Array.from({ length: rows }, (_, row) => BigInt(first + row)) },
      {
        name: 'source',
        data: Array.from(batch.source, (index) => dataset.manifest.sources[index]?.name ?? ''),
      },
      { name: 'byte_start', data: batch.byteStart },
      { name: 'byte_end', data: batch.byteEnd },
      { name: 'input_ids', data: lists(batch.inputIds) },
      { name: 'target_ids', data: lists(batch.targetIds) },
    ]
    await writer.write({ columnData, rowGroupSize: rows })
  }
  await writer.finish()
  flush(bytes, file)
}

const required = { repetition_type: 'REQUIRED' } as const

/** A list in the three levels that the format's logical types ask for. */
const listOfIds = (name: string) =>
  [
    { name, ...required, num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', ...required, type: 'INT32' },
  ] as const

const schema: ConstructorParameters<typeof ParquetWriter>[0]['schema'] = [
  { name: 'root', num_children: 6 },
  { name: 'window', ...required, type: 'INT64' },
  { name: 'source', ...required, type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  { name: 'byte_start', ...required, type: 'INT64' },
  { name: 'byte_end', ...required, type: 'INT64' },
  ...listOfIds('input_ids'),
  ...listOfIds('target_ids'),
]

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
