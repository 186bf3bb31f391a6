import { encodeEnd, encodeHead } from '../arrow/framing.ts'
import type { IpcShape } from '../arrow/ipc-shape.ts'
import { IpcWriter } from '../arrow/ipc-writer.ts'
import { isTextColumn, type ArrowColumn, type TextColumn } from '../layout/columns.ts'
import { textBytes } from '../part/batch-bytes.ts'
import { bytesOf } from '../layout/typed-array.ts'
import type { ManifestPart } from '../part/receipt.ts'
import type { Dataset } from '../reader/dataset.ts'
import { sha256OfJson } from '../storage/publish-json.ts'
import {
  exportColumns,
  exportRows,
  exportTexts,
  type ExportColumn,
  type RowOptions,
} from './export-columns.ts'
import type { ExportFile, ExportFolder } from './export-folder.ts'

const chunkByteLength = 4 << 20

/**
 * A folder for Hugging Face's `datasets.load_from_disk`: IPC streams, `state.json` and `dataset_info.json`.
 *
 * Where every column is stored, the record batches are those of the parts, byte for byte: a file is a stream between a
 * magic and a footer. The schema has no tensor extension, which datasets refuses.
 */
export async function exportHf(dataset: Dataset, folder: ExportFolder, options: RowOptions): Promise<void> {
  const { manifest, layout } = dataset
  const columns = exportColumns(
    { ...layout, layout: layout.layout === 'tensor' ? 'flat' : layout.layout },
    options,
  )
  const texts = exportTexts(layout)
  const stored =
    !options.labels &&
    layout.ids === undefined &&
    (layout.embedding === 'none' || (layout.embedding === 'full' && options.embeddings))
  const count = String(manifest.parts.length).padStart(5, '0')
  const names: string[] = []
  for (const [index, part] of manifest.parts.entries()) {
    const name = `data-${String(index).padStart(5, '0')}-of-${count}.arrow`
    names.push(name)
    const file = folder.file(name)
    if (stored) await copyPart(dataset, index, file, { columns: [...columns, ...texts], format: 'stream' })
    else await writePart(dataset, part, file, columns)
  }
  folder.file('state.json').write(
    json({
      _data_files: names.map((filename) => ({ filename })),
      // Datasets names its caches after it: it must differ for other rows and stay for the same.
      _fingerprint: sha256OfJson({ planId: manifest.planId, ...options }).slice(0, 16),
      _format_columns: null,
      _format_kwargs: {},
      _format_type: null,
      _output_all_columns: false,
      _split: null,
    }),
  )
  const features = Object.fromEntries(
    [...columns, ...texts].map((column) => [column.name, featureOf(column)]),
  )
  folder
    .file('dataset_info.json')
    .write(json({ citation: '', description: '', features, homepage: '', license: '' }))
}

async function copyPart(dataset: Dataset, index: number, file: ExportFile, shape: IpcShape): Promise<void> {
  file.write([encodeHead(shape)])
  for await (const chunk of dataset.rawBatches(index, chunkByteLength)) file.write([chunk])
  file.write([encodeEnd(shape, [])])
}

async function writePart(
  dataset: Dataset,
  { firstWindow, rows }: ManifestPart,
  file: ExportFile,
  columns: readonly ExportColumn[],
): Promise<void> {
  const texts = exportTexts(dataset.layout)
  const shape: IpcShape = { columns: [...columns, ...texts], format: 'stream' }
  const writer = new IpcWriter(file, shape, { hash: false })
  for await (const batch of exportRows(dataset, columns, { first: firstWindow, end: firstWindow + rows })) {
    const bytes = columns.map(({ values, offsets }) => ({
      data: bytesOf(values(batch)),
      ...(offsets && { offsets: bytesOf(offsets(batch)) }),
    }))
    const kept = texts.map(({ name, place }) => textBytes(name, batch.kept?.[place], batch.rows))
    await writer.writeBatch(batch.rows, [...bytes, ...kept])
  }
  await writer.end()
}

function json(value: unknown): Uint8Array[] {
  return [new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)]
}

const valueDtype = {
  int32: 'int32',
  uint16: 'uint16',
  int64: 'int64',
  f32: 'float32',
  f16: 'float16',
  bf16: 'uint16',
} as const

function featureOf(column: ArrowColumn | TextColumn): object {
  if (isTextColumn(column)) return { dtype: 'string', _type: 'Value' }
  const { element, shape } = column
  const value = { dtype: valueDtype[element], _type: 'Value' }
  if (shape === 'list') return { feature: value, _type: 'List' }
  return shape.reduceRight<object>((feature, length) => ({ feature, length, _type: 'List' }), value)
}
