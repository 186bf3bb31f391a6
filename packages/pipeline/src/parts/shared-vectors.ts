import { shareTables, type SharedRows, type SharedTables } from '@sluice/embedding'
import { shareRows } from '../model/run-model.ts'
import { defaultProvider, tableByteLength } from '../plan/default-provider.ts'
import type { Plan } from '../plan/plan.ts'
import type { RunProvider } from '../plan/run-provider.ts'

/** Memory that the threads of a process share, so that there is one copy of what vectors are made from. Plain data for threads. */
export interface SharedVectors {
  /** Rows of a model's table. */
  readonly rows?: SharedRows
  /** Drawn or given tables, where the `wasm` provider looks up in them. */
  readonly tables?: SharedTables
}

/** Memory for the vectors of a plan; undefined where there is nothing to share. */
export function shareVectors(plan: Plan, provider: RunProvider | undefined): SharedVectors | undefined {
  if (plan.layout.embedding !== 'full') return undefined
  if (plan.model !== undefined) {
    const rows = shareRows(plan.model)
    return rows && { rows }
  }
  if ((provider ?? defaultProvider(plan)) !== 'wasm') return undefined
  const tables = shareTables(tableByteLength(plan))
  return tables && { tables }
}
