import type { ByteSource } from '../bytes/byte-source.ts'
import type { Compression } from './compression.ts'
import { decompress } from './decompress.ts'

/** Stored bytes and decompressed bytes that are enough of a sample. */
const storedBytes = 1 << 20
const plainBytes = 1 << 22
/** Stored bytes handed over at a time, so that what went in and what came out belong together. */
const sliceBytes = 1 << 12

/**
 * Measures how many bytes a compressed source gives for each that is stored, from its beginning: an estimate of the whole,
 * which may be compressed more or less. Bounded by what comes out, for a little may give very much.
 */
export async function expansionOf(source: ByteSource, compression: Compression): Promise<number> {
  if (compression === 'none') return 1
  let stored = 0
  let plain = 0
  async function* slices(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of source.stream()) {
      for (let at = 0; at < chunk.length; at += sliceBytes) {
        const slice = chunk.subarray(at, at + sliceBytes)
        if (stored >= storedBytes || plain >= plainBytes) return
        stored += slice.length
        yield slice
      }
    }
  }
  try {
    for await (const piece of decompress(slices(), compression, source.name)) {
      plain += piece.length
      if (plain >= plainBytes) break
    }
  } catch (error) {
    // The sample is cut; a source that gives nothing at all is reported by its reader.
    if (plain === 0) throw error
  }
  return stored === 0 ? 1 : plain / stored
}
