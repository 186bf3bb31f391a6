import type { Encoding } from '@sluice/tokenizer'
import type { RunConfig } from '../plan/run-config.ts'
import type { RunTokenizer } from './run-tokenizer.ts'

/**
 * The tokenizer of a run over a table of `rows` rows. A tokenizer may go on behind the table with special tokens that its model was never
 * resized for: where the run takes the texts of those as text, its ids end with the table, and the plan says so. Any other longer tokenizer is left as it is, and planning refuses it.
 *
 * @param rows undefined where there is no table of a model
 */
export function withinRows(
  tokenizer: RunTokenizer,
  { special }: Pick<RunConfig, 'special'>,
  rows: number | undefined,
): RunTokenizer {
  const { encoding, identity } = tokenizer
  const { vocabSize, endOfTextId, frame } = identity
  if (rows === undefined || vocabSize <= rows || special === 'all') return tokenizer
  const needed = [endOfTextId, ...(frame?.before ?? []), ...(frame?.after ?? [])]
  const beyond = specialsFrom(rows, encoding)
  if (needed.some((id) => id >= rows) || beyond < vocabSize - rows) return tokenizer
  return { ...tokenizer, identity: { ...identity, idsBelow: rows } }
}

/** How many ids from one on are those of special tokens. */
export function specialsFrom(
  first: number,
  { specialTokens, addedTokens = [] }: Pick<Encoding, 'specialTokens' | 'addedTokens'>,
): number {
  const others = new Set(addedTokens)
  const specials = [...specialTokens].filter(([text, id]) => id >= first && !others.has(text))
  return new Set(specials.map(([, id]) => id)).size
}
