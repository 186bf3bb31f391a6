import type { DatasetStorage } from '@sluice/dataset'
import type { Plan } from '../plan/plan.ts'
import type { RunProvider } from '../plan/run-provider.ts'
import { openModelVectors } from './model-vectors.ts'
import type { RowVectors } from './row-vectors.ts'
import type { SharedVectors } from './shared-vectors.ts'
import { openTableVectors } from './table-vectors.ts'

/** Opens what makes the vectors of a run's rows; undefined where they hold none. */
export async function openVectors(
  plan: Plan,
  storage: DatasetStorage,
  { provider, shared }: { readonly provider: RunProvider; readonly shared?: SharedVectors | undefined },
): Promise<RowVectors | undefined> {
  if (plan.layout.embedding !== 'full') return undefined
  return plan.model === undefined
    ? openTableVectors(plan, storage, { provider, shared: shared?.tables })
    : openModelVectors(plan, plan.model, storage, { provider, shared: shared?.rows })
}
