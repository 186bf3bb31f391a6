import { DatasetError } from '../errors.ts'
import { columnsOf, elementsPerRow, type Column } from '../layout/columns.ts'
import { bytesOf, type ElementArray } from '../layout/typed-array.ts'
import type { DocumentDataset } from '../reader/document-dataset.ts'
import { batchKeyOf, type DocumentRowBatch } from '../reader/document-row-batch.ts'
import type { TokenRun } from '../documents/token-run.ts'
import { npyHeader } from '../token-files/npy.ts'
import type { ExportReport, ExportFormat } from './export-dataset.ts'
import { exportFlat } from './export-flat.ts'
import { ExportFolder } from './export-folder.ts'
import { descrOf, offsetsWriter, textWriters } from './export-npy.ts'

/** Options of {@link exportDocuments}. */
export interface ExportDocumentsOptions {
  readonly to: ExportFormat
  /** The folder to make. */
  readonly out: string
  readonly signal?: AbortSignal
}

/**
 * Writes a dataset with a row for each document in another format: `tokens` and `megatron` its ids, `npy` its columns, of which
 * those of lists are their values and `offsets.npy`, which says where each row's begin. The bytes of every part are compared with the manifest's hashes first.
 *
 * @throws DatasetError `conflict` when the folder is there; `invalid-argument` for a format that holds windows, or for the ids of
 * means; `corrupt` for parts that are not those of the manifest.
 */
export async function exportDocuments(
  dataset: DocumentDataset,
  { to, out, signal }: ExportDocumentsOptions,
): Promise<ExportReport> {
  const flat = to === 'tokens' || to === 'megatron'
  const refuse = (why: string): never => {
    throw new DatasetError('invalid-argument', `A dataset with a row for each document ${why}`)
  }
  if (!flat && to !== 'npy')
    refuse(
      `is exported to tokens, megatron and npy, got ${to}: its parts can be opened with pyarrow, polars and DuckDB`,
    )
  if (flat && dataset.layout.pool !== undefined)
    refuse('holds means and no ids, so it is exported to npy alone')
  return ExportFolder.write(out, async (folder) => {
    await dataset.checkHashes(signal)
    const report = { rows: dataset.length }
    if (!flat) {
      await exportRowsAsNpy(dataset, folder)
      return report
    }
    const documents = { unit: 'document', runs: tokenRuns(dataset) } as const
    const lengths = await exportFlat(documents, folder, to, dataset.layout.vocabSize)
    return { ...report, sequences: { unit: 'document', count: lengths.documents, tokens: lengths.tokens } }
  })
}

async function* tokenRuns(dataset: DocumentDataset): AsyncGenerator<TokenRun, void> {
  for await (const { inputIds, offsets, rows } of dataset.batches({ columns: ['input_ids'] })) {
    yield { ids: Int32Array.from(inputIds!), starts: Array.from(offsets.subarray(0, rows)) }
  }
}

async function exportRowsAsNpy(dataset: DocumentDataset, folder: ExportFolder): Promise<void> {
  const { layout, length, manifest } = dataset
  const { tokens } = manifest.totals
  const columns = columnsOf({ ...layout, embedding: layout.embedding === 'lazy' ? 'full' : layout.embedding })
  const writers = columns.map((column) => {
    const file = folder.file(`${column.name}.npy`)
    const perRow = column.shape === 'list' ? [tokens, ...(column.itemShape ?? [])] : [length, ...column.shape]
    file.write([npyHeader(descrOf[column.element], perRow)])
    return (batch: DocumentRowBatch): void => file.write([bytesOf(valuesOf(batch, column))])
  })
  if (layout.pool === undefined)
    writers.push(offsetsWriter(folder.file('offsets.npy'), length, ({ offsets }) => offsets))
  writers.push(...(await textWriters(dataset, folder, (names) => dataset.batches({ columns: names }))))
  for await (const batch of dataset.batches()) for (const write of writers) write(batch)
}

function valuesOf(batch: DocumentRowBatch, { name, ...column }: Column): ElementArray {
  if (name === 'tokens')
    return Int32Array.from({ length: batch.rows }, (_, row) => batch.offsets[row + 1]! - batch.offsets[row]!)
  const values = batch[batchKeyOf[name as keyof typeof batchKeyOf]]
  if (values === undefined)
    throw new Error(`Expected ${name} of ${elementsPerRow(column)} elements in a batch`)
  return values
}
