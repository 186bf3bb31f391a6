import { resolveTokenizer, type Encoding } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'
import type { PlannedTokenizer } from '../plan/plan.ts'
import type { RunConfig } from '../plan/run-config.ts'

/** What a configuration says about the tokenizer. Plain data: it crosses to worker threads. */
export type TokenizerChoice = Pick<RunConfig, 'encoding'>

/** What a plan or a manifest says about the tokenizer of its ids. */
export type TokenizerIdentity = Pick<PlannedTokenizer, 'name' | 'sha256'> & Partial<PlannedTokenizer>

/**
 * Loads the tokenizer that a configuration names. This function and {@link openTokenizer} are the only places of a run that load
 * one.
 *
 * @throws TokenizerError
 */
export async function chooseTokenizer({ encoding: name }: TokenizerChoice): Promise<Encoding> {
  const { encoding } = await resolveTokenizer({ name })
  return encoding
}

/**
 * Loads the tokenizer that the ids of a plan or a dataset are of.
 *
 * @param loaded the tokenizer, where it is loaded already: it is only checked
 * @throws RunError `other-tokenizer` when this program's tokenizer of that name gives other ids
 */
export async function openTokenizer(
  identity: TokenizerIdentity,
  loaded?: Encoding | Promise<Encoding>,
): Promise<Encoding> {
  const encoding = await (loaded ?? chooseTokenizer({ encoding: identity.name as RunConfig['encoding'] }))
  for (const key of ['sha256', 'vocabSize', 'endOfTextId'] as const) {
    if (identity[key] === undefined || identity[key] === encoding[key]) continue
    throw new RunError(
      'other-tokenizer',
      `Expected the tokenizer ${identity.name} to have ${key} ${identity[key]}, got ${encoding[key]}; use the version of Sluice that made the plan`,
    )
  }
  return encoding
}
