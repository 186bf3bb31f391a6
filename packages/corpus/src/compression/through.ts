import type { Transform } from 'node:stream'
import type { ByteInput } from './byte-input.ts'

/** One of Node's decompressors: `bytesWritten` counts what it used, not what it was given. */
type Decompressor = Transform & { readonly bytesWritten: number }

/**
 * Decompresses one member of a stream and leaves what follows it in `input.rest`. A chunk is handed over only once the one
 * before is used up (its memory may be used again), and the decompressor's own buffer holds it back while nobody reads.
 */
export async function* through(
  input: ByteInput,
  decompressor: Decompressor,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pump = async (): Promise<void> => {
    while (await input.fill()) {
      const chunk = input.rest
      const before = decompressor.bytesWritten
      await write(decompressor, chunk)
      input.rest = chunk.subarray(decompressor.bytesWritten - before)
      // The decompressor ended by itself: what it did not use lies behind its end mark.
      if (input.rest.length > 0) return
    }
    decompressor.end()
  }
  const pumped = pump()
  // A failure of the input reaches the reader as the transform's; without this line it would also be unhandled.
  pumped.catch((error: unknown) =>
    decompressor.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  try {
    for await (const output of decompressor) yield output
    await pumped
  } finally {
    decompressor.destroy()
  }
}

function write(transform: Transform, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    transform.write(chunk, (error) => (error ? reject(error) : resolve()))
  })
}
