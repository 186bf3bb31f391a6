import type * as Arrow from 'apache-arrow'
import { zstdDecompressSync } from 'node:zlib'
import { decodeLz4Frame } from '../compression/lz4-frame.ts'

/** Teaches apache-arrow to read compressed record batches, unless the program taught it something else already. */
export function registerArrowCodecs(
  { compressionRegistry, CompressionType }: Pick<typeof Arrow, 'compressionRegistry' | 'CompressionType'>,
  maxBytes: number,
): void {
  if (compressionRegistry.get(CompressionType.ZSTD) === null) {
    compressionRegistry.set(CompressionType.ZSTD, {
      decode: (data) => new Uint8Array(zstdDecompressSync(data, { maxOutputLength: maxBytes })),
    })
  }
  if (compressionRegistry.get(CompressionType.LZ4_FRAME) === null) {
    compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: (data) => decodeLz4Frame(data, maxBytes) })
  }
}
