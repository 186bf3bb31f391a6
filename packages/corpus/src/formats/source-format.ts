import type { Compression } from '../compression/compression.ts'
import type { Format } from './format.ts'

/** How to read a source: plain data, the same for every reader of it. */
export interface SourceFormat {
  readonly format: Format
  readonly compression: Compression
}
