import { applyRepair, folderStorage, planRepair } from '@sluice/dataset'
import { ExitCode } from '../exit-code.ts'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { print, report } from '../terminal/output.ts'

/** `sluice repair`, as typed. */
export interface RepairFlags {
  readonly dryRun: boolean
  readonly reopen: boolean
}

export async function repair(dir: string, { dryRun, reopen }: RepairFlags): Promise<void> {
  using cancel = cancelOnSignals()
  const storage = folderStorage(dir)
  const plan = await planRepair(storage, { reopen, signal: cancel.signal })
  for (const { kind, file, reason } of plan.actions) {
    print(`${dryRun ? 'would ' : ''}${kind} ${file}: ${reason}`)
  }
  if (!dryRun) await applyRepair(storage, plan)
  for (const { message } of plan.unrepaired) report(`sluice: ${message}`)
  if (plan.unrepaired.length > 0) {
    process.exitCode = ExitCode.failed
    report(`sluice: these must be made again: \`sluice repair --reopen ${dir}\`, then the run that made them`)
  } else if (plan.actions.length === 0) print(`${dir} needs no repair`)
}
