import type { Transform } from 'node:stream'

/**
 * What a transform makes of some chunks. A chunk is handed over only once the one before is used up (its memory may be
 * used again), and the transform's own buffer holds it back while nobody reads.
 */
export async function* through(
  chunks: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pump = async (): Promise<void> => {
    for await (const chunk of chunks) await write(transform, chunk)
    transform.end()
  }
  const pumped = pump()
  // A failure of the input reaches the reader as the transform's; without this line it would also be unhandled.
  pumped.catch((error: unknown) =>
    transform.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  try {
    for await (const output of transform) yield output
    await pumped
  } finally {
    transform.destroy()
  }
}

function write(transform: Transform, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    transform.write(chunk, (error) => (error ? reject(error) : resolve()))
  })
}
