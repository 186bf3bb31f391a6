import type { Compressors } from 'hyparquet'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'

type Decompress = (bytes: Uint8Array, length: number) => Uint8Array

/** Node's native codecs where it has them, hyparquet's for snappy and LZ4. */
export async function parquetCompressors(maxBytes: number): Promise<Compressors> {
  const { compressors } = await import('hyparquet-compressors')
  const limit = { maxOutputLength: maxBytes }
  // A page of nulls alone has no values, which LZ4 writes as a byte that is not read back there.
  const notOfNothing =
    (decompress: Decompress): Decompress =>
    (bytes, length) =>
      length === 0 ? new Uint8Array() : decompress(bytes, length)
  return {
    ...compressors,
    LZ4: notOfNothing(compressors.LZ4!),
    LZ4_RAW: notOfNothing(compressors.LZ4_RAW!),
    GZIP: (bytes) => new Uint8Array(gunzipSync(bytes, limit)),
    BROTLI: (bytes) => new Uint8Array(brotliDecompressSync(bytes, limit)),
    ZSTD: (bytes) => new Uint8Array(zstdDecompressSync(bytes, limit)),
  }
}
