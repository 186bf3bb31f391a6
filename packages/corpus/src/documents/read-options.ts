import { CorpusError } from '../errors.ts'
import { problemReasons, type Problem, type ProblemReason } from '../problem.ts'

/**
 * What to do about a fault in the content.
 * - `fail`: throw a {@link CorpusError} whose code is the reason.
 * - `skip`: leave out the smallest unit that can be left out: the ill-formed bytes in a .txt (Python's
 *   `errors='ignore'`), the whole row or line in every other format.
 * - `replace`: put U+FFFD for each ill-formed maximal subpart (Python's `errors='replace'`). What cannot be repaired
 *   (broken JSON, a missing field, an over-long line, an empty document) is skipped.
 */
export type OnError = 'fail' | 'skip' | 'replace'

/** Options of {@link readSegment} and {@link readDocuments}. */
export interface ReadOptions {
  /**
   * The field of a JSON line or the column of a table that holds the text. A name that begins with `/` is a JSON
   * pointer (RFC 6901) into a JSON line: `/meta/text`.
   * @default 'text'
   */
  readonly field?: string
  /**
   * One policy for all reasons, or one for each. Given as one word it holds for every reason; reasons left out fail,
   * but for `empty-document`, which is skipped.
   * @default { 'empty-document': 'skip' }
   */
  readonly onError?: OnError | Readonly<Partial<Record<ProblemReason, OnError>>>
  /** Told of everything that was skipped or replaced, in the order of the source. */
  readonly onProblem?: (problem: Problem) => void
  /**
   * Longest line of .jsonl and longest record of .csv in bytes: each is held whole, so this bounds memory.
   * @default 67108864 (64 MiB)
   */
  readonly maxLineBytes?: number
  /**
   * Most bytes held for one row group of .parquet or one record batch of .arrow, as stored; twice as much may be held
   * while it is decompressed.
   * @default 1073741824 (1 GiB)
   */
  readonly maxBatchBytes?: number
  /** Field separator of .csv: one character. @default ',' or a tab for a name with `.tsv` */
  readonly csvDelimiter?: string
}

/** {@link ReadOptions} with nothing left open. */
export interface ResolvedReadOptions {
  readonly field: string
  readonly onError: Readonly<Record<ProblemReason, OnError>>
  readonly onProblem: (problem: Problem) => void
  readonly maxLineBytes: number
  readonly maxBatchBytes: number
  readonly csvDelimiter: string | undefined
}

const policies: readonly string[] = ['fail', 'skip', 'replace'] satisfies OnError[]

/** @throws CorpusError `invalid-options` */
export function resolveReadOptions(options: ReadOptions = {}): ResolvedReadOptions {
  const { field = 'text', onError, onProblem = () => {}, csvDelimiter } = options
  if (typeof field !== 'string' || field === '') throw invalid('field', 'a name', field)
  if (csvDelimiter !== undefined && (typeof csvDelimiter !== 'string' || csvDelimiter.length !== 1)) {
    throw invalid('csvDelimiter', 'one character', csvDelimiter)
  }
  return {
    field,
    onError: resolvePolicies(onError),
    onProblem,
    maxLineBytes: positiveInteger('maxLineBytes', options.maxLineBytes ?? 64 * 2 ** 20),
    maxBatchBytes: positiveInteger('maxBatchBytes', options.maxBatchBytes ?? 2 ** 30),
    csvDelimiter,
  }
}

function resolvePolicies(onError: ReadOptions['onError']): Record<ProblemReason, OnError> {
  const given = typeof onError === 'object' ? onError : {}
  const rest: OnError = typeof onError === 'string' ? onError : 'fail'
  const policyOf = (reason: ProblemReason): OnError => {
    const policy = given[reason] ?? (reason === 'empty-document' && onError !== 'fail' ? 'skip' : rest)
    if (!policies.includes(policy)) throw invalid(`onError for ${reason}`, policies.join(', '), policy)
    return policy
  }
  for (const reason of Object.keys(given)) {
    if (!(problemReasons as readonly string[]).includes(reason)) {
      throw invalid('a reason in `onError`', `one of ${problemReasons.join(', ')}`, reason)
    }
  }
  return {
    'invalid-utf8': policyOf('invalid-utf8'),
    'lone-surrogate': policyOf('lone-surrogate'),
    'broken-json': policyOf('broken-json'),
    'broken-csv': policyOf('broken-csv'),
    'missing-field': policyOf('missing-field'),
    'empty-document': policyOf('empty-document'),
    'line-too-long': policyOf('line-too-long'),
  }
}

/** @throws CorpusError `invalid-options` */
export function positiveInteger(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw invalid(name, 'a positive integer', value)
  return value
}

function invalid(name: string, expected: string, got: unknown): CorpusError {
  return new CorpusError(
    'invalid-options',
    `expected ${name} to be ${expected}, got ${JSON.stringify(got)} (${typeof got})`,
  )
}
