import { DatasetError } from '../errors.ts'
import type { Dataset } from '../reader/dataset.ts'
import { ExportFolder } from './export-folder.ts'
import { exportHf } from './export-hf.ts'
import { exportMegatron } from './export-megatron.ts'
import { exportNpy } from './export-npy.ts'
import { exportTokens } from './export-tokens.ts'
import { resolveUnit, type SequenceUnit } from './token-runs.ts'

/**
 * Where a dataset can go:
 *
 * - `megatron`: `tokens.bin` and `tokens.idx` for Megatron-LM's `IndexedDataset`.
 * - `hf`: a folder for Hugging Face's `datasets.load_from_disk`.
 * - `parquet`: `data.parquet` with ids and text offsets.
 * - `tokens`: flat uint32 ids and `document_offsets.npy`.
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
  /** What `megatron` and `tokens` call a document. @default 'document' where the dataset has document columns */
  readonly unit?: SequenceUnit
}

/**
 * Writes a dataset in another format, in memory that does not depend on its size. The folder appears when it is complete.
 *
 * @throws DatasetError `conflict` when the folder is there; `invalid-argument` for a unit the dataset cannot give.
 */
export async function exportDataset(dataset: Dataset, { to, out, unit }: ExportOptions): Promise<void> {
  if (!Object.hasOwn(ExportFormat, to)) {
    const known = Object.keys(ExportFormat).join(', ')
    throw new DatasetError('invalid-argument', `Expected \`to\` to be one of ${known}, got \`${to}\``)
  }
  const resolved = resolveUnit(dataset.manifest, unit)
  await ExportFolder.write(out, async (folder) => {
    const write = {
      megatron: () => exportMegatron(dataset, folder, resolved),
      tokens: () => exportTokens(dataset, folder, resolved),
      hf: () => exportHf(dataset, folder),
      parquet: async () => (await import('./export-parquet.ts')).exportParquet(dataset, folder),
      npy: () => exportNpy(dataset, folder),
    }
    await write[to]()
  })
}
