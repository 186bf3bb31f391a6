import { CorpusError } from '../errors.ts'
import { resolveIdOptions, type IdOptions } from '../ids/id-options.ts'
import { corpusLimits, type CorpusLimit } from '../limits.ts'
import { problemReasons, type Problem, type ProblemReason } from '../problem.ts'

/**
 * What to do about a fault in the content.
 * - `fail`: throw a {@link CorpusError} whose code is the reason.
 * - `skip`: leave out the smallest unit that can be left out: the ill-formed bytes in a .txt (Python's
 *   `errors='ignore'`), the whole row or line in every other format.
 * - `replace`: put U+FFFD for each ill-formed maximal subpart (Python's `errors='replace'`). What cannot be repaired
 *   (broken JSON, a missing field, an over-long line, an empty document, a list of other things than ids) is skipped.
 */
export type OnError = 'fail' | 'skip' | 'replace'

/** Options of {@link readSegment} and {@link readDocuments}. */
export interface ReadOptions {
  /**
   * The field of a JSON line or the column of a table that holds the text. Where there is none of that name, its dots lead
   * into objects and structs: `data.text`. A name that begins with `/` is a JSON pointer (RFC 6901) into a JSON line:
   * `/meta/text`. With `ids` it holds lists of them.
   * @default 'text', with `ids` 'input_ids'
   */
  readonly field?: string
  /**
   * Fields or columns whose values each document carries, named as `field` is; a .txt has none, so that its values are null.
   * @default []
   */
  readonly keep?: readonly string[]
  /**
   * One policy for all reasons, or one for each. Given as one word it holds for every reason; reasons left out fail,
   * but for `empty-document`, which is skipped.
   * @default { 'empty-document': 'skip' }
   */
  readonly onError?: OnError | Readonly<Partial<Record<ProblemReason, OnError>>>
  /** Told of everything that was skipped or replaced, in the order of the source. */
  readonly onProblem?: (problem: Problem) => void
  /**
   * Longest line of .jsonl and longest record of .csv, in bytes: each is held whole, so this bounds memory.
   * @minimum 1
   * @default 67108864 (64 MiB)
   */
  readonly maxLineBytes?: number
  /**
   * Largest record batch of Arrow and largest page of Parquet, in bytes, as stored and as decompressed: both are held.
   * @minimum 1
   * @default 134217728 (128 MiB)
   */
  readonly maxBatchBytes?: number
  /**
   * Largest window of zstd (`zstd --long=N` makes 2^N) and largest dictionary of xz, in bytes: the decompressor holds it.
   * @minimum 1
   * @default 268435456 (256 MiB)
   */
  readonly maxWindowBytes?: number
  /**
   * Most text that one source may give, in bytes.
   * @minimum 1
   * @default 1099511627776 (1 TiB)
   */
  readonly maxTextBytes?: number
  /**
   * How many times its stored bytes the text of a source may have, beyond 64 MiB of text: a small file that gives more is
   * made to fill memory and disks.
   * @minimum 1
   * @default 1000
   */
  readonly maxRatio?: number
  /**
   * Longest value of `keep`, in bytes of UTF-8.
   * @minimum 1
   * @default 4096
   */
  readonly maxKeptBytes?: number
  /**
   * Field separator of .csv: one character of ASCII that is neither a quote nor part of a line end.
   * @default ',' or a tab for a name with `.tsv`
   */
  readonly csvSeparator?: string
  /**
   * Says that the corpus holds ids in place of texts: flat files, `.npy`, and lists in JSON lines, Parquet and Arrow.
   * @default it holds texts
   */
  readonly ids?: IdOptions
}

/** {@link ReadOptions} with nothing left open. */
export interface ResolvedReadOptions {
  readonly field: string
  readonly keep: readonly string[]
  readonly onError: Readonly<Record<ProblemReason, OnError>>
  readonly onProblem: (problem: Problem) => void
  readonly maxLineBytes: number
  readonly maxBatchBytes: number
  readonly maxWindowBytes: number
  readonly maxTextBytes: number
  readonly maxRatio: number
  readonly maxKeptBytes: number
  readonly csvSeparator: string | undefined
  readonly ids: IdOptions | undefined
}

const policies: readonly string[] = ['fail', 'skip', 'replace'] satisfies OnError[]

/** @throws CorpusError `invalid-options` */
export function resolveReadOptions(options: ReadOptions = {}): ResolvedReadOptions {
  const {
    field = options.ids === undefined ? 'text' : 'input_ids',
    keep = [],
    onError,
    onProblem = () => {},
    csvSeparator,
  } = options
  if (typeof field !== 'string' || field === '') throw invalid('field', 'a name', field)
  if (!Array.isArray(keep) || !keep.every((name) => typeof name === 'string' && name !== '')) {
    throw invalid('keep', 'a list of names', keep)
  }
  if (csvSeparator !== undefined && !/^[^"\r\n\0\u0080-\uffff]$/.test(csvSeparator)) {
    throw invalid('csvSeparator', 'one character of ASCII other than a quote or a line end', csvSeparator)
  }
  return {
    field,
    keep,
    onError: resolvePolicies(onError),
    onProblem,
    maxLineBytes: bounded('maxLineBytes', options.maxLineBytes, corpusLimits.lineBytes),
    maxBatchBytes: bounded('maxBatchBytes', options.maxBatchBytes, corpusLimits.batchBytes),
    maxWindowBytes: bounded('maxWindowBytes', options.maxWindowBytes, corpusLimits.windowBytes),
    maxTextBytes: bounded('maxTextBytes', options.maxTextBytes, corpusLimits.textBytes),
    maxRatio: bounded('maxRatio', options.maxRatio, corpusLimits.ratio),
    maxKeptBytes: bounded('maxKeptBytes', options.maxKeptBytes, corpusLimits.keptBytes),
    csvSeparator,
    ids: resolveIdOptions(options.ids),
  }
}

function bounded(name: string, given: number | undefined, limit: CorpusLimit): number {
  const value = positiveInteger(name, given ?? limit.default)
  if (value > limit.most) throw invalid(name, `at most ${limit.most}`, value)
  return value
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
    'invalid-ids': policyOf('invalid-ids'),
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
