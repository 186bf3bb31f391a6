import { join } from 'node:path'
import { folderStorage, manifestName, readManifest } from '@sluice/dataset'
import { isInputFault, RunError } from './errors.ts'
import type { TokenEstimate } from './estimate-tokens.ts'
import { abandonSpool, refuseForeign } from './folder.ts'
import { runNames } from './names.ts'
import { planIdOf, planRun, type Plan, type SplitName } from './plan.ts'
import { surveyCorpus, takeRun, type PrepareOptions } from './prepare-run.ts'
import { runPlan, type RunPlanOptions, type RunSummary } from './run-plan.ts'

/** The smaller one first: what is wrong with the corpus is found sooner. */
const splitNames: readonly SplitName[] = ['validation', 'train']

/**
 * Makes the two datasets of a split, in the folders `train` and `validation`: each is complete in itself. One that an
 * earlier attempt finished is left as it is.
 *
 * @returns the summary of the one made last
 */
export async function runSplit(options: PrepareOptions & RunPlanOptions): Promise<RunSummary> {
  const { out, config } = options
  await refuseForeign(out, [...splitNames, runNames.spool])
  const survey = await surveyCorpus(options)
  let summary: RunSummary | undefined
  try {
    for (const name of splitNames) {
      const plan = planRun(config, survey.plan.tokenizer, survey.plan.sources, name)
      const folder = join(out, name)
      if (await isFinished(folder, plan)) continue
      const { segments } = survey
      const estimate = shareOf(survey.estimate, plan)
      const prepared = await takeRun(plan, { ...options, out: folder, survey: { segments, estimate } })
      summary = await runPlan(prepared, options)
    }
  } catch (error) {
    if (isInputFault(error)) await abandonSpool(out)
    throw error
  }
  await abandonSpool(out)
  if (summary !== undefined) return summary
  throw new RunError('already-exists', `${out} already holds both datasets; choose another folder`)
}

async function isFinished(folder: string, plan: Plan): Promise<boolean> {
  const storage = folderStorage(folder)
  if ((await storage.stat(manifestName)) === undefined) return false
  return (await readManifest(storage)).planId === planIdOf(plan)
}

function shareOf(estimate: TokenEstimate, { config, split }: Plan): TokenEstimate {
  const validation = config.split?.validation ?? 0
  const share = split === 'validation' ? validation : 1 - validation
  return {
    ...estimate,
    tokens: Math.round(estimate.tokens * share),
    documents: Math.round(estimate.documents * share),
    windows: Math.round(estimate.windows * share),
    exact: false,
  }
}
