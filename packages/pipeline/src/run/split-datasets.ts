import type { TokenEstimate } from '../estimate/estimate-tokens.ts'
import type { SplitName } from '../plan/plan.ts'

/** The datasets of a split, each in the folder of its name. The smaller one first: what is wrong with the corpus is found sooner. */
export const splitNames: readonly SplitName[] = ['validation', 'train']

/**
 * What one dataset of a split gets of an estimate of both.
 *
 * @param validation - the share of the documents that is for validation, 0 to 1
 */
export function shareOf(estimate: TokenEstimate, name: SplitName, validation: number): TokenEstimate {
  const share = name === 'validation' ? validation : 1 - validation
  const { tokens, documents, windows, sampledBytes, readSeconds } = estimate
  return {
    tokens: Math.round(tokens * share),
    documents: Math.round(documents * share),
    windows: Math.round(windows * share),
    exact: false,
    sampledBytes,
    readSeconds: readSeconds * share,
  }
}
