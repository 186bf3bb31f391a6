import { blameOf } from '@sluice/errors'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { folderStorage, manifestName, readManifest } from '@sluice/dataset'
import { RunError } from '../errors.ts'
import { abandonSpool, refuseForeign, removeLeftovers } from '../folder/folder.ts'
import { planIdOf, type Plan, type SplitName } from '../plan/plan.ts'
import { runNames } from '../folder/names.ts'
import { runPlan, type RunPlanOptions, type RunSummary } from './run-plan.ts'

/** The smaller one first: what is wrong with the corpus is found sooner. */
const splitNames: readonly SplitName[] = ['validation', 'train']

/**
 * Makes the two datasets of a split, in the folders `train` and `validation`: each is complete in itself. One that an
 * earlier attempt finished is left as it is.
 *
 * @returns the summary of the training dataset
 */
export async function runSplit(
  options: Omit<RunPlanOptions, 'plan'>,
  planOf: (split: SplitName) => Plan,
): Promise<RunSummary> {
  const { out, estimate } = options
  await refuseForeign(out, [...splitNames, runNames.spool])
  let summary: RunSummary | undefined
  const made: string[] = []
  for (const name of splitNames) {
    const plan = planOf(name)
    const folder = join(out, name)
    if (await isFinished(folder, plan)) continue
    summary = await runPlan({
      ...options,
      plan,
      out: folder,
      estimate: shareOf(estimate, name, plan.config.split?.validation ?? 0),
    }).catch(async (error: unknown) => {
      if (blameOf(error) === 'input') {
        for (const earlier of made) await rm(earlier, { recursive: true, force: true })
        await abandonSpool(out)
      }
      throw error
    })
    made.push(folder)
  }
  await abandonSpool(out)
  if (summary !== undefined) return summary
  throw new RunError('already-exists', `${out} already holds both datasets; choose another folder`)
}

async function isFinished(folder: string, plan: Plan): Promise<boolean> {
  const storage = folderStorage(folder)
  if ((await storage.stat(manifestName)) === undefined) return false
  if ((await readManifest(storage)).planId !== planIdOf(plan)) return false
  await removeLeftovers({ path: folder, storage, fresh: false })
  return true
}

function shareOf(
  { tokens, documents, windows, sampledBytes }: RunPlanOptions['estimate'],
  name: SplitName,
  validation: number,
): RunPlanOptions['estimate'] {
  const share = name === 'validation' ? validation : 1 - validation
  return {
    tokens: Math.round(tokens * share),
    documents: Math.round(documents * share),
    windows: Math.round(windows * share),
    exact: false,
    sampledBytes,
  }
}
