/** One thing that memory or time is bounded by. */
export interface CorpusLimit {
  /** What is bounded, for a table that users read. */
  readonly what: string
  readonly unit: 'bytes' | 'rows' | 'times'
  readonly default: number
  /** Largest value that the option takes. */
  readonly most: number
  /** The option that raises it, as {@link ReadOptions} names it; absent for a fixed bound. */
  readonly option?: string
}

const kib = 2 ** 10
const mib = 2 ** 20
const gib = 2 ** 30

/** What a source may cost. What exceeds a limit is an error that names it, never a shorter text. */
export const corpusLimits = {
  lineBytes: {
    what: 'a line of .jsonl or a record of .csv, which is held whole',
    unit: 'bytes',
    default: 64 * mib,
    most: 512 * mib - 1,
    option: 'maxLineBytes',
  },
  batchBytes: {
    what: 'a record batch of Arrow or a page of Parquet, as stored and as decompressed',
    unit: 'bytes',
    default: 128 * mib,
    most: 2 * gib - 1,
    option: 'maxBatchBytes',
  },
  windowBytes: {
    what: 'the window of zstd or the dictionary of xz, which the decompressor holds',
    unit: 'bytes',
    default: 256 * mib,
    most: 2 * gib,
    option: 'maxWindowBytes',
  },
  textBytes: {
    what: 'the text of one source',
    unit: 'bytes',
    default: 2 ** 40,
    most: Number.MAX_SAFE_INTEGER,
    option: 'maxTextBytes',
  },
  ratio: {
    what: 'the text of a source against the bytes it is stored in, beyond 64 MiB of text',
    unit: 'times',
    default: 1000,
    most: Number.MAX_SAFE_INTEGER,
    option: 'maxRatio',
  },
  keptBytes: {
    what: 'a kept value of a document',
    unit: 'bytes',
    default: 4 * kib,
    most: mib,
    option: 'maxKeptBytes',
  },
  metadataBytes: {
    what: 'a header or footer of Arrow or Parquet',
    unit: 'bytes',
    default: 64 * mib,
    most: 64 * mib,
  },
  pageRows: {
    what: 'the rows of a page of Parquet',
    unit: 'rows',
    default: 4 * mib,
    most: 4 * mib,
  },
} as const satisfies Readonly<Record<string, CorpusLimit>>

/** Text below this size may have any ratio to what it is stored in: it costs little. */
export const ratioFreeBytes: number = 64 * mib
