import {
  exportDataset,
  exportDocuments,
  folderStorage,
  holdsDocuments,
  openDataset,
  openDocuments,
  type OpenDatasetOptions,
} from '@sluice/dataset'
import { option, sentence } from '@sluice/errors'
import { requireOut } from '../config/output-folder.ts'
import { CommandError } from '../errors.ts'
import { print } from '../terminal/output.ts'
import { formatPlural } from '../terminal/units.ts'

/** `sluice export`, as typed. */
export interface ExportFlags {
  readonly to: 'megatron' | 'hf' | 'parquet' | 'tokens' | 'npy'
  readonly out: string
  readonly unit?: 'document' | 'window'
  readonly labels?: true
  readonly embeddings?: 'keep' | 'leave-out'
  /** The folder of the model that the dataset refers to. */
  readonly model?: string
}

export async function exportTo(dir: string, { to, out, model, ...options }: ExportFlags): Promise<void> {
  requireOut(out)
  const access = model === undefined ? {} : { checkpoint: model }
  if (await holdsDocuments(folderStorage(dir))) return exportRows(dir, { to, out, ...options }, access)
  await using dataset = await openDataset(dir, access)
  const { sequences } = await exportDataset(dataset, { to, out, ...options })
  const windows = `${formatPlural(dataset.length, 'window')} as ${to} in ${out}`
  if (sequences?.unit !== 'document') return print(windows)
  const { dropped, loneIds } = dataset.manifest
  // Documents of one id have no window, and are held beside them.
  const lone = loneIds?.count ?? 0
  const short = (dropped['short-documents'] ?? 0) - lone
  const tail = (dropped['short-tail-tokens'] ?? 0) - lone
  print(
    `${windows}: ${formatPlural(sequences.count, 'document')}, ${formatPlural(sequences.tokens, 'id')}`,
    ...(short === 0 ? [] : [`not in the dataset: ${formatPlural(short, 'document')} too short for a window`]),
    ...(tail === 0 ? [] : [`not in the dataset: ${formatPlural(tail, 'id')} after the last window`]),
  )
}

/** A dataset with a row for each document: options about windows mean nothing there. */
async function exportRows(
  dir: string,
  { to, out, ...options }: ExportFlags,
  access: OpenDatasetOptions,
): Promise<void> {
  const [given] = Object.entries(options).filter(([, value]) => value !== undefined)
  if (given !== undefined) {
    const message = sentence`Expected ${option(given[0])} to be left out: ${dir} has a row for each document`
    throw new CommandError('invalid-option', message)
  }
  await using dataset = await openDocuments(dir, access)
  const { sequences } = await exportDocuments(dataset, { to, out })
  const ids = sequences === undefined ? '' : `, ${formatPlural(sequences.tokens, 'id')}`
  print(`${formatPlural(dataset.length, 'document')} as ${to} in ${out}${ids}`)
}
