import { folderStorage, openDataset, verifyDataset, type VerifyReport } from '@sluice/dataset'
import { recomputeWindows } from '@sluice/pipeline'
import { ExitCode } from '../exit-code.ts'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { print, printJson, report } from '../terminal/output.ts'
import { formatBytes, formatPlural } from '../terminal/units.ts'

/** `sluice verify`, as typed. */
export interface VerifyFlags {
  readonly deep?: number
  readonly root: readonly string[]
  readonly json: boolean
}

export async function verify(dir: string, { deep, root, json }: VerifyFlags): Promise<void> {
  using cancel = cancelOnSignals()
  const { signal } = cancel
  const storage = folderStorage(dir)
  const found = await verifyDataset(storage, { signal })
  if (deep === undefined || found.problems.length > 0) return show(found, dir, json)
  await using dataset = await openDataset(storage)
  await using recomputed = await recomputeWindows(dataset, { roots: root, signal })
  const { recompute } = recomputed
  show(await verifyDataset(storage, { deep: { windows: deep, recompute }, signal }), dir, json)
}

function show(found: VerifyReport, dir: string, json: boolean): void {
  const { manifest, problems, partsChecked, bytesChecked, windowsChecked, leftovers } = found
  if (problems.length > 0) process.exitCode = ExitCode.failed
  if (json) {
    const { planId, totals } = manifest
    printJson({ planId, totals, problems, partsChecked, bytesChecked, windowsChecked, leftovers })
    return
  }
  for (const { message } of problems) report(`sluice: ${message}`)
  if (problems.length > 0) {
    report(`sluice: ${formatPlural(problems.length, 'problem')} in ${dir}; see \`sluice repair ${dir}\``)
    return
  }
  const checked = `${formatPlural(partsChecked, 'part')}, ${formatBytes(bytesChecked)}, ${formatPlural(manifest.totals.rows, 'window')}`
  const deep =
    windowsChecked > 0 ? `; ${formatPlural(windowsChecked, 'window')} recomputed from the corpus` : ''
  print(`${dir} is complete and unchanged: ${checked}${deep}`)
}
