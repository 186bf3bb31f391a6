import type { ReadOptions } from '@sluice/corpus'
import { keptColumns } from '../plan/kept-columns.ts'
import type { RunConfig } from '../plan/run-config.ts'
import { idsBelow, type PlannedTokenizer } from '../plan/plan.ts'
import type { RunTokenizer } from '../tokenizer/run-tokenizer.ts'

/**
 * Returns the options with which a configuration reads its sources.
 *
 * @param tokenizer whose vocabulary bounds the ids of a corpus of ids
 */
export function readOptionsOf(
  config: RunConfig,
  tokenizer: Pick<PlannedTokenizer, 'vocabSize' | 'idsBelow'>,
): ReadOptions {
  const { textField, format, idField, endId, onError, invalid, csvSeparator } = config
  const { maxLineBytes, maxBatchBytes, maxWindowBytes, maxTextBytes, maxRatio, maxKeptBytes } = config
  return {
    ...(format === 'ids'
      ? {
          ids: { vocabSize: idsBelow(tokenizer), ...(endId !== undefined && { endId }) },
          ...(idField !== undefined && { field: idField }),
        }
      : { field: textField }),
    keep: keptColumns(config).map(({ field }) => field),
    ...(maxKeptBytes !== undefined && { maxKeptBytes }),
    ...(csvSeparator !== undefined && { csvSeparator }),
    ...(maxLineBytes !== undefined && { maxLineBytes }),
    ...(maxBatchBytes !== undefined && { maxBatchBytes }),
    ...(maxWindowBytes !== undefined && { maxWindowBytes }),
    ...(maxTextBytes !== undefined && { maxTextBytes }),
    ...(maxRatio !== undefined && { maxRatio }),
    onError: {
      'invalid-utf8': invalid,
      'lone-surrogate': invalid,
      'broken-json': onError,
      'broken-csv': onError,
      'missing-field': onError,
      'line-too-long': onError,
      'invalid-ids': onError,
      'empty-document': 'skip',
    },
  }
}

/** The special tokens that the configuration lets stand for themselves, and the added tokens that are found in every text. */
export function allowedSpecialOf(
  { special }: RunConfig,
  { encoding, identity }: Pick<RunTokenizer, 'encoding' | 'identity'>,
): 'all' | readonly string[] {
  if (special === 'all') return 'all'
  // Plans of before took them as text.
  const added = identity.addedTokens === 'found' ? (encoding.addedTokens ?? []) : []
  if (special === 'none') return added
  const ends = [...encoding.specialTokens].filter(([, id]) => id === identity.endOfTextId)
  return [...new Set([...ends.map(([text]) => text), ...added])]
}
