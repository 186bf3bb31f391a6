import type { Compression } from '../compression/compression.ts'

/** What a source holds. `arrow-file` and `arrow-stream` are the two forms of Arrow IPC; `.feather` (v2) is the first. */
export const formats = ['txt', 'jsonl', 'csv', 'parquet', 'arrow-file', 'arrow-stream'] as const

/** One of {@link formats}. */
export type Format = (typeof formats)[number]

/** How to read a source: plain data, the same for every reader of it. */
export interface SourceFormat {
  readonly format: Format
  readonly compression: Compression
}
