import type { IncomingMessage } from 'node:http'

/**
 * The body of a response. The time limit runs only while somebody waits for bytes, so a slow reader is not taken for a
 * slow server. The connection is destroyed when the reader stops early.
 */
export async function* readBody(
  response: IncomingMessage,
  timeoutMs: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]()
  try {
    for (;;) {
      const timer = setTimeout(() => response.destroy(new Error(`no data within ${timeoutMs} ms`)), timeoutMs)
      const next = await chunks.next().finally(() => clearTimeout(timer))
      if (next.done === true) return
      yield next.value
    }
  } finally {
    response.destroy()
  }
}
