import type { RunEstimate } from './estimate-run.ts'
import type { ModeEstimate } from './mode-estimate.ts'

/** What a run's time depends on besides the corpus. */
export interface MachineRates {
  readonly threads: number
  /** Bytes a second to the disk of the dataset. */
  readonly writeRate: number
}

/** Returns the seconds that a run takes: it tokenizes, then writes. Embedding is faster than the disk. */
export function estimateSeconds(
  { sourceBytes, tokenizeRate }: RunEstimate,
  { byteLength }: ModeEstimate,
  { threads, writeRate }: MachineRates,
): number {
  return sourceBytes / (tokenizeRate * threads) + byteLength / writeRate
}
