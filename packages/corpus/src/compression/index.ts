import { brotli } from './brotli.ts'
import type { Compression, CompressionRecord } from './compression.ts'
import { gzip } from './gzip.ts'
import { plain } from './plain.ts'
import { xz } from './xz.ts'
import { zstd } from './zstd.ts'

/** Every compression that is read: detection and readers look here. */
export const compressionTable: Readonly<Record<Compression, CompressionRecord>> = {
  none: plain,
  gzip,
  zstd,
  brotli,
  xz,
}
