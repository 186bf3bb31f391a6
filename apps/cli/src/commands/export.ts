import { exportDataset, openDataset } from '@sluice/dataset'
import { formatPlural } from '../terminal/units.ts'
import type { ExportFlags } from './export.command.ts'

export async function exportTo(dir: string, { to, out, unit }: ExportFlags): Promise<void> {
  await using dataset = await openDataset(dir)
  await exportDataset(dataset, { to, out, ...(unit && { unit }) })
  console.log(`${formatPlural(dataset.length, 'window')} as ${to} in ${out}`)
}
