import type { IncomingMessage } from 'node:http'
import type { ResolvedHttpOptions } from './http-options.ts'

/**
 * The body of a response. The time limits run only while somebody waits for bytes, so a slow reader is not taken for a
 * slow server. The connection is destroyed when the reader stops early.
 *
 * @throws Error if nothing comes within `timeoutMs`, or less than `minBytesPerSecond` while twice as long was waited
 */
export async function* readBody(
  response: IncomingMessage,
  { timeoutMs, minBytesPerSecond }: Pick<ResolvedHttpOptions, 'timeoutMs' | 'minBytesPerSecond'>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]()
  let waitedMs = 0
  let bytes = 0
  try {
    for (;;) {
      const timer = setTimeout(() => response.destroy(new Error(`no data within ${timeoutMs} ms`)), timeoutMs)
      const started = performance.now()
      const next = await chunks.next().finally(() => clearTimeout(timer))
      if (next.done === true) return
      waitedMs += performance.now() - started
      bytes += next.value.length
      if (waitedMs > 2 * timeoutMs) {
        if (bytes < (minBytesPerSecond * waitedMs) / 1000)
          throw new Error(`less than ${minBytesPerSecond} bytes a second`)
        waitedMs = 0
        bytes = 0
      }
      yield next.value
    }
  } finally {
    response.destroy()
  }
}
