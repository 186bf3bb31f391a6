import { sha256OfJson } from '@sluice/dataset'
import type { Plan } from './plan.ts'
import { resolveRunConfig } from './run-config.ts'
import { statedOptions } from './meaningful-options.ts'
import { withoutLaterDefaults } from './without-later-defaults.ts'

/**
 * A plan with its identity. The identity is computed where the plan is made or read, and carried from there: serializing the
 * sources of a large corpus takes longer than many a task.
 */
export interface PlannedRun {
  readonly plan: Plan
  /** sha256 of the canonical JSON of {@link planFileOf}, in hexadecimal. */
  readonly planId: string
}

/**
 * A plan as it lies in `plan.json`: options that the first plans did not have are in it only where they are not the default, and
 * that of token files has nothing of windows.
 */
export type PlanFile = Omit<Plan, 'config' | 'layout' | 'windowsPerPart'> &
  Partial<Pick<Plan, 'layout' | 'windowsPerPart'>> & { readonly config: Partial<Plan['config']> }

/** Returns what is written of a plan; its sha256 identifies the run. */
export function planFileOf(plan: Plan): PlanFile {
  const { layout, windowsPerPart, ...rest } = plan
  const stated = statedOptions(plan.config) as Plan['config']
  const config = withoutLaterDefaults<Plan['config']>(stated, resolveRunConfig)
  return { ...rest, config, ...(plan.config.to === null && { layout, windowsPerPart }) }
}

/** Computes a plan's identity. */
export function identifyPlan(plan: Plan): PlannedRun {
  return { plan, planId: sha256OfJson(planFileOf(plan)) }
}
