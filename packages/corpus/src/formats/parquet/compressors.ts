import type { Compressors } from 'hyparquet'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'

/** Node's native codecs where it has them, hyparquet's for snappy and LZ4. */
export async function parquetCompressors(maxBytes: number): Promise<Compressors> {
  const { compressors } = await import('hyparquet-compressors')
  const limit = { maxOutputLength: maxBytes }
  return {
    ...compressors,
    GZIP: (bytes) => new Uint8Array(gunzipSync(bytes, limit)),
    BROTLI: (bytes) => new Uint8Array(brotliDecompressSync(bytes, limit)),
    ZSTD: (bytes) => new Uint8Array(zstdDecompressSync(bytes, limit)),
  }
}
