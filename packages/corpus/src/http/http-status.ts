import type { IncomingMessage } from 'node:http'
import { CorpusError } from '../errors.ts'
import { TemporaryFailure } from './retry.ts'

const temporary = new Set([408, 425, 429, 500, 502, 503, 504])

/** What a status that is not the wanted one means. Destroys the response. */
export function statusFailure(response: IncomingMessage, source: string): Error {
  const status = response.statusCode ?? 0
  const { 'retry-after': retryAfter, 'x-amz-bucket-region': region } = response.headers
  response.destroy()
  if (temporary.has(status)) {
    const seconds = Number(retryAfter)
    return new TemporaryFailure(`the server answered ${status}`, seconds > 0 ? seconds * 1000 : 0)
  }
  if (status === 404 || status === 410) {
    return new CorpusError('not-found', `the server answered ${status}; check the address`, { source })
  }
  if (status === 401 || status === 403) {
    return new CorpusError('not-readable', `the server answered ${status}; check the credentials`, { source })
  }
  const hint = typeof region === 'string' ? `; the bucket is in the region ${region}` : ''
  return new CorpusError('http-status', `the server answered ${status}${hint}`, { source })
}
