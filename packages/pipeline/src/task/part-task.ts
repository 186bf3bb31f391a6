import type { Plan } from '../plan/plan.ts'

/** One part to make: consecutive rows of the dataset. */
export interface PartTask {
  /** Position of the part in the dataset, from 0. */
  readonly part: number
  /** Its first row: the number of a window, unless rows are shuffled. */
  readonly firstWindow: number
  readonly rows: number
}

/** Which rows each part of a run holds. */
export interface PartCut {
  /** Number of parts. */
  readonly count: number
  task(part: number): PartTask
}

/** Parts of equally many rows: pure arithmetic, so no list of parts is kept anywhere. */
export function evenParts({ windowsPerPart }: Pick<Plan, 'windowsPerPart'>, windows: number): PartCut {
  return {
    count: Math.ceil(windows / windowsPerPart),
    task(part) {
      const firstWindow = part * windowsPerPart
      return { part, firstWindow, rows: Math.min(windowsPerPart, windows - firstWindow) }
    },
  }
}
