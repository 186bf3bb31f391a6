import type { Plan } from '../plan/plan.ts'

/** One part to make: consecutive rows of the dataset. */
export interface PartTask {
  /** Position of the part in the dataset, from 0. */
  readonly part: number
  /** Its first row: the number of a window, unless rows are shuffled. */
  readonly firstWindow: number
  readonly rows: number
}

/** Number of parts needed for `windows`. */
export function countParts({ windowsPerPart }: Plan, windows: number): number {
  return Math.ceil(windows / windowsPerPart)
}

/** Part number `part`: pure arithmetic, so no list of parts is kept anywhere. */
export function partTask({ windowsPerPart }: Plan, windows: number, part: number): PartTask {
  const firstWindow = part * windowsPerPart
  return { part, firstWindow, rows: Math.min(windowsPerPart, windows - firstWindow) }
}
