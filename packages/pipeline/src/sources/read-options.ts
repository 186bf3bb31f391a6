import type { ReadOptions } from '@sluice/corpus'
import type { RunConfig } from '../plan/run-config.ts'
import type { RunTokenizer } from '../tokenizer/run-tokenizer.ts'

/** How the configuration wants sources read. */
export function readOptionsOf({ textField, onError, invalid }: RunConfig): ReadOptions {
  return {
    field: textField,
    onError: {
      'invalid-utf8': invalid,
      'lone-surrogate': invalid,
      'broken-json': onError,
      'broken-csv': onError,
      'missing-field': onError,
      'line-too-long': onError,
      'empty-document': 'skip',
    },
  }
}

/** The special tokens that the configuration lets stand for themselves. */
export function allowedSpecialOf(
  { special }: RunConfig,
  { encoding, identity }: Pick<RunTokenizer, 'encoding' | 'identity'>,
): 'all' | readonly string[] {
  if (special === 'all') return 'all'
  if (special === 'none') return []
  return [...encoding.specialTokens].filter(([, id]) => id === identity.endOfTextId).map(([text]) => text)
}
