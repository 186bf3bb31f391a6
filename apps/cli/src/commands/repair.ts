import { applyRepair, folderStorage, planRepair } from '@sluice/dataset'
import { ExitCode } from '../exit-code.ts'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import type { RepairFlags } from './repair.command.ts'

export async function repair(dir: string, { dryRun, reopen }: RepairFlags): Promise<void> {
  using cancel = cancelOnSignals()
  const storage = folderStorage(dir)
  const plan = await planRepair(storage, { reopen, signal: cancel.signal })
  for (const { kind, file, reason } of plan.actions) {
    console.log(`${dryRun ? 'would ' : ''}${kind} ${file}: ${reason}`)
  }
  if (!dryRun) await applyRepair(storage, plan)
  for (const { message } of plan.unrepaired) console.error(`sluice: ${message}`)
  if (plan.unrepaired.length > 0) {
    process.exitCode = ExitCode.failed
    console.error(
      `sluice: these must be made again: \`sluice repair --reopen ${dir}\`, then the run that made them`,
    )
  } else if (plan.actions.length === 0) console.log(`${dir} needs no repair`)
}
