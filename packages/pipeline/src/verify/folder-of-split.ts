import { planName, readJson, type DatasetStorage } from '@sluice/dataset'
import { RunError } from '../errors.ts'
import type { RunConfig } from '../plan/run-config.ts'

/**
 * In which folder a dataset lies when its run is done again: that of its side of a split, or the run's own. Only the plan says it.
 *
 * @throws RunError `unusable-plan` where it does not
 */
export async function folderOfSplit(
  storage: DatasetStorage,
  { split }: Pick<RunConfig, 'split'>,
): Promise<string> {
  if (split === null) return ''
  const plan = (await readJson(storage, planName)) as { readonly split?: unknown }
  if (plan.split === 'train' || plan.split === 'validation') return plan.split
  const message = `Expected ${planName} in ${storage.location} to say which dataset of the split this is`
  throw new RunError('unusable-plan', message)
}
