import { option, sentence } from '@sluice/errors'
import {
  patternNames,
  tokenizerFileKind,
  type TokenizerFile,
  type TokenizerFileDetails,
  type TokenizerFileKind,
} from '@sluice/tokenizer'
import { RunError } from '../errors.ts'
import type { RunConfig } from '../plan/run-config.ts'

/** What a configuration says of a tokenizer's file that the file does not say itself. */
export type SaidDetails = Pick<RunConfig, 'tokenizerPattern' | 'tokenizerSpecials'>

/** A tokenizer's file, for the package that reads it. */
export interface DescribedFile {
  readonly kind: TokenizerFileKind
  readonly details?: TokenizerFileDetails
}

/**
 * The kind of a file, and the details that go with it.
 *
 * @throws RunError `invalid-config` for a `.tiktoken` file without a pattern, and for details of a file that has its own; TokenizerError for a
 * file of no known kind
 */
export function fileDetails(said: SaidDetails, file: TokenizerFile): DescribedFile {
  const kind = tokenizerFileKind(file)
  if (kind !== 'tiktoken') {
    refuseDetails(said, `${file.name} (${kind})`)
    return { kind }
  }
  const { tokenizerPattern: pattern, tokenizerSpecials: specialTokens } = said
  if (pattern !== undefined)
    return { kind, details: { pattern, ...(specialTokens && { specialTokens: sorted(specialTokens) }) } }
  throw new RunError(
    'invalid-config',
    sentence`Expected ${option('tokenizerPattern')} with ${file.name}, got none: a .tiktoken file does not say how a text is cut; give ${patternNames.join(', ')} or the expression itself, and its special tokens with ${option('tokenizerSpecials')}`,
  )
}

/**
 * Refuses details of a tokenizer that has its own: they would change nothing.
 *
 * @throws RunError `invalid-config`
 */
export function refuseDetails({ tokenizerPattern, tokenizerSpecials }: SaidDetails, name: string): void {
  for (const [option_, value] of Object.entries({ tokenizerPattern, tokenizerSpecials })) {
    if (value === undefined) continue
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option(option_)} to be left out with ${name}, got ${JSON.stringify(value)}: only a .tiktoken file needs it`,
    )
  }
}

/** In the order of the ids: the order in which they were given changes no identity. */
function sorted(ids: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(ids).toSorted(([, a], [, b]) => a - b))
}
