import { folderStorage, openDataset, verifyDataset, type VerifyReport } from '@sluice/dataset'
import { CommandError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { formatBytes, formatPlural } from '../terminal/units.ts'
import { recomputeWindows } from './recompute-windows.ts'
import type { VerifyFlags } from './verify.command.ts'

export async function verify(dir: string, { deep, json }: VerifyFlags): Promise<void> {
  if (deep !== undefined && deep < 1) {
    throw new CommandError('invalid-option', `Expected --deep to be 1 or more, got ${deep}`)
  }
  using cancel = cancelOnSignals()
  const { signal } = cancel
  const storage = folderStorage(dir)
  const report = await verifyDataset(storage, { signal })
  if (deep === undefined || report.problems.length > 0) return print(report, dir, json)
  await using dataset = await openDataset(storage)
  await using recomputed = await recomputeWindows(dataset, signal)
  const { recompute } = recomputed
  print(await verifyDataset(storage, { deep: { windows: deep, recompute }, signal }), dir, json)
}

function print(report: VerifyReport, dir: string, json: boolean): void {
  const { manifest, problems, partsChecked, bytesChecked, windowsChecked, leftovers } = report
  if (problems.length > 0) process.exitCode = ExitCode.failed
  if (json) {
    const { planId, totals } = manifest
    console.log(
      JSON.stringify({ planId, totals, problems, partsChecked, bytesChecked, windowsChecked, leftovers }),
    )
    return
  }
  for (const { message } of problems) console.error(`sluice: ${message}`)
  if (problems.length > 0) {
    console.error(
      `sluice: ${formatPlural(problems.length, 'problem')} in ${dir}; see \`sluice repair ${dir}\``,
    )
    return
  }
  const checked = `${formatPlural(partsChecked, 'part')}, ${formatBytes(bytesChecked)}, ${formatPlural(manifest.totals.rows, 'window')}`
  const deep =
    windowsChecked > 0 ? `; ${formatPlural(windowsChecked, 'window')} recomputed from the corpus` : ''
  console.log(`${dir} is complete and unchanged: ${checked}${deep}`)
}
