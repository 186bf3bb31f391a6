import { exportDataset, openDataset } from '@sluice/dataset'
import { requireOut } from '../config/output-folder.ts'
import { print } from '../terminal/output.ts'
import { formatPlural } from '../terminal/units.ts'

/** `sluice export`, as typed. */
export interface ExportFlags {
  readonly to: 'megatron' | 'hf' | 'parquet' | 'tokens' | 'npy'
  readonly out: string
  readonly unit?: 'document' | 'window'
}

export async function exportTo(dir: string, { to, out, unit }: ExportFlags): Promise<void> {
  requireOut(out)
  await using dataset = await openDataset(dir)
  await exportDataset(dataset, { to, out, ...(unit && { unit }) })
  print(`${formatPlural(dataset.length, 'window')} as ${to} in ${out}`)
}
