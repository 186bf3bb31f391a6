import { encodeEnd, encodeHead } from '../arrow/framing.ts'
import { columnsOf, type Column } from '../layout/columns.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import type { Dataset } from '../reader/dataset.ts'
import type { ExportFolder } from './export-folder.ts'

const chunkByteLength = 4 << 20

/**
 * A folder for Hugging Face's `datasets.load_from_disk`: IPC streams, `state.json` and `dataset_info.json`.
 *
 * The record batches are those of the parts, byte for byte: a file is a stream between a magic and a footer. Only the
 * schema differs, without the tensor extension that datasets refuses. Lazy embeddings stay in their tables.
 */
export async function exportHf(dataset: Dataset, folder: ExportFolder): Promise<void> {
  const { manifest } = dataset
  const layout: DatasetLayout = {
    ...manifest.layout,
    format: 'stream',
    layout: manifest.layout.layout === 'tensor' ? 'flat' : manifest.layout.layout,
  }
  const count = String(manifest.parts.length).padStart(5, '0')
  const names: string[] = []
  for (const index of manifest.parts.keys()) {
    const name = `data-${String(index).padStart(5, '0')}-of-${count}.arrow`
    names.push(name)
    const file = folder.file(name)
    file.write([encodeHead(layout)])
    for await (const chunk of dataset.rawBatches(index, chunkByteLength)) file.write([chunk])
    file.write([encodeEnd(layout, [])])
  }
  folder.file('state.json').write(
    json({
      _data_files: names.map((filename) => ({ filename })),
      // Datasets names its caches after it: it must differ for other rows and stay for the same.
      _fingerprint: manifest.planId.slice(0, 16),
      _format_columns: null,
      _format_kwargs: {},
      _format_type: null,
      _output_all_columns: false,
      _split: null,
    }),
  )
  const features = Object.fromEntries(columnsOf(layout).map((column) => [column.name, featureOf(column)]))
  folder
    .file('dataset_info.json')
    .write(json({ citation: '', description: '', features, homepage: '', license: '' }))
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

function featureOf({ element, shape }: Column): object {
  const value = { dtype: valueDtype[element], _type: 'Value' }
  if (shape === 'list') return { feature: value, _type: 'List' }
  return shape.reduceRight<object>((feature, length) => ({ feature, length, _type: 'List' }), value)
}
