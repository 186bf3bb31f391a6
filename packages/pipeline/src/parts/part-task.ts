import { countWindows } from '@sluice/dataloader'
import type { Plan } from '../plan.ts'

/** One part to make: consecutive windows of the token stream. */
export interface PartTask {
  /** Position of the part in the dataset, from 0. */
  readonly part: number
  readonly firstWindow: number
  readonly rows: number
}

/** How many parts a stream of so many ids makes. */
export function countParts(plan: Plan, tokens: number): number {
  return Math.ceil(countWindows(tokens, plan.config) / plan.windowsPerPart)
}

/** Part number `part`: pure arithmetic, so no list of parts is kept anywhere. */
export function partTask(plan: Plan, tokens: number, part: number): PartTask {
  const firstWindow = part * plan.windowsPerPart
  const rows = Math.min(plan.windowsPerPart, countWindows(tokens, plan.config) - firstWindow)
  return { part, firstWindow, rows }
}
