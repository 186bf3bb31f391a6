import { blameOf } from '@sluice/errors'
import { join } from 'node:path'
import { abandonSpool, refuseForeign, RunFolder } from '../folder/run-folder.ts'
import type { SplitName } from '../plan/plan.ts'
import { shareOf, splitNames } from './split-datasets.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import { runNames } from '../folder/names.ts'
import { findFinished, summarizeFinished } from './finished-run.ts'
import { runPlan, type RunPlanOptions } from './run-plan.ts'
import type { RunSummary } from './run-summary.ts'

/**
 * Makes the two datasets of a split, in the folders `train` and `validation`: each is complete in itself. One that an
 * earlier attempt finished is left as it is.
 *
 * @returns the summary of the training dataset
 */
export async function runSplit(
  options: Omit<RunPlanOptions, 'run'>,
  runOf: (split: SplitName) => PlannedRun,
): Promise<RunSummary> {
  const { corpus, out, openStorage, estimate, onEvent } = options
  const storage = openStorage(out)
  await refuseForeign(storage, [...splitNames, runNames.spool])
  let summary: RunSummary | undefined
  const made: RunFolder[] = []
  for (const name of splitNames) {
    const run = runOf(name)
    const folder = join(out, name)
    const finished = await findFinished(openStorage(folder), run.planId)
    if (finished !== undefined) {
      summary = await summarizeFinished(openStorage(folder), finished, folder)
      onEvent({ event: 'done', split: name, ...summary })
      continue
    }
    summary = await runPlan({
      ...options,
      run,
      out: folder,
      estimate: shareOf(estimate, name, corpus.config.split?.validation ?? 0),
    }).catch(async (error: unknown) => {
      if (blameOf(error) === 'input') {
        for (const earlier of made) await earlier.discard()
        await abandonSpool(storage)
      }
      throw error
    })
    made.push(RunFolder.taken(openStorage(folder)))
  }
  await abandonSpool(storage)
  return summary!
}
