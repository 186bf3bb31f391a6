import { datasetDocuments } from '../documents/dataset-documents.ts'
import type { SequenceUnit } from '../documents/document-unit.ts'
import { DatasetError } from '../errors.ts'
import type { Dataset } from '../reader/dataset.ts'
import type { RowOptions } from './export-columns.ts'
import { exportFlat } from './export-flat.ts'
import { ExportFolder } from './export-folder.ts'
import { exportHf } from './export-hf.ts'
import { exportNpy } from './export-npy.ts'

/**
 * Where a dataset can go. Two formats hold documents, which are found again whatever the rows look like:
 *
 * - `megatron`: `tokens.bin` and `tokens.idx` for Megatron-LM's `IndexedDataset`.
 * - `tokens`: flat uint32 ids and `document_offsets.npy`.
 *
 * Three hold the rows as they are, with every column:
 *
 * - `hf`: a folder for Hugging Face's `datasets.load_from_disk`.
 * - `parquet`: `data.parquet`.
 * - `npy`: one numpy file a column.
 */
export const ExportFormat = {
  megatron: 'megatron',
  hf: 'hf',
  parquet: 'parquet',
  tokens: 'tokens',
  npy: 'npy',
} as const
export type ExportFormat = (typeof ExportFormat)[keyof typeof ExportFormat]

/** Options of {@link exportDataset}. */
export interface ExportOptions {
  readonly to: ExportFormat
  /** The folder to make. It must not be there yet, or be empty. */
  readonly out: string
  /**
   * What `megatron` and `tokens` call a document. By `window`, the overlaps are repeated, the last target of each window
   * is lost, and rows stay in their order.
   *
   * @default 'document' where the dataset keeps document columns, else 'window'
   */
  readonly unit?: SequenceUnit
  /** Adds the column `labels` to `hf`, as transformers' models take it; the last target of each row is lost. @default false */
  readonly labels?: boolean
  /** Whether `hf`, `parquet` and `npy` have `inputs_embeds`; a lazy dataset's are added up. @default 'keep' */
  readonly embeddings?: 'keep' | 'leave-out'
  readonly signal?: AbortSignal
}

/** What {@link exportDataset} wrote. */
export interface ExportReport {
  readonly rows: number
  /** Of `megatron` and `tokens`: the unit, and how many of it with how many ids. */
  readonly sequences?: { readonly unit: SequenceUnit; readonly count: number; readonly tokens: number }
}

/** Formats that hold documents; the others hold rows. */
const documentFormats: readonly ExportFormat[] = ['megatron', 'tokens']

/**
 * Writes a dataset in another format. The bytes of every part are compared with the manifest's hashes first, and the
 * folder appears when it is complete. Memory does not depend on the dataset's size, except for 8 bytes a document, 8 a
 * shuffled row, and 40 a piece of packed rows, where documents are found again.
 *
 * @throws DatasetError `conflict` when the folder is there; `invalid-argument` for options that the dataset or the format
 * cannot give; `corrupt` for parts that are not those of the manifest.
 */
export async function exportDataset(dataset: Dataset, options: ExportOptions): Promise<ExportReport> {
  const { to, out, unit, signal } = options
  checkOptions(options)
  const holdsDocuments = documentFormats.includes(to)
  const documents = holdsDocuments ? datasetDocuments(dataset, unit) : undefined
  const rowOptions: RowOptions = {
    labels: options.labels ?? false,
    embeddings: (options.embeddings ?? 'keep') === 'keep',
  }
  return ExportFolder.write(out, async (folder) => {
    await dataset.checkHashes(signal)
    const write = {
      megatron: () => exportFlat(documents!, folder, 'megatron', dataset.layout.vocabSize),
      tokens: () => exportFlat(documents!, folder, 'tokens', dataset.layout.vocabSize),
      hf: () => exportHf(dataset, folder, rowOptions),
      parquet: async () => (await import('./export-parquet.ts')).exportParquet(dataset, folder, rowOptions),
      npy: () => exportNpy(dataset, folder, rowOptions),
    }
    const lengths = await write[to]()
    if (lengths === undefined) return { rows: dataset.length }
    const sequences = { unit: documents!.unit, count: lengths.documents, tokens: lengths.tokens }
    return { rows: dataset.length, sequences }
  })
}

function checkOptions({ to, unit, labels, embeddings }: ExportOptions): void {
  const refuse = (message: string): never => {
    throw new DatasetError('invalid-argument', message)
  }
  if (!Object.hasOwn(ExportFormat, to)) {
    refuse(`Expected \`to\` to be one of ${Object.keys(ExportFormat).join(', ')}, got \`${to}\``)
  }
  const holdsDocuments = documentFormats.includes(to)
  if (unit !== undefined && !holdsDocuments) {
    refuse(`Expected \`unit\` with ${documentFormats.join(' and ')} only: ${to} keeps the rows as they are`)
  }
  if (labels === true && to !== 'hf') refuse(`Expected \`labels\` with hf only, got it with ${to}`)
  if (embeddings !== undefined && holdsDocuments) {
    refuse(`Expected \`embeddings\` with hf, parquet and npy only: ${to} holds ids`)
  }
}
