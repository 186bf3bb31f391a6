import type { DocumentStream } from '../documents/document-event.ts'
import type { ResolvedReadOptions } from '../documents/read-options.ts'
import { CorpusError } from '../errors.ts'
import { ratioFreeBytes } from '../limits.ts'
import type { ByteSource } from '../bytes/byte-source.ts'

/**
 * Passes documents on until their text has more bytes than the source may give.
 *
 * @throws CorpusError `too-large`
 */
export async function* limitText(
  documents: DocumentStream,
  source: ByteSource,
  { maxTextBytes, maxRatio }: Pick<ResolvedReadOptions, 'maxTextBytes' | 'maxRatio'>,
): DocumentStream {
  const stored = source.byteLength
  const byRatio = mostByRatio(source, maxRatio)
  const most = Math.min(maxTextBytes, byRatio)
  let bytes = 0
  for await (const batch of documents) {
    for (const event of batch) {
      if (event.kind === 'bytes') bytes += event.bytes.length
      if (event.kind === 'ids') bytes += event.ids.byteLength
    }
    if (bytes > most) {
      throw byRatio < maxTextBytes
        ? tooLarge(source.name, `${maxRatio} times the ${stored} bytes it is stored in`, 'maxRatio')
        : tooLarge(source.name, `the limit of ${maxTextBytes} bytes`, 'maxTextBytes')
    }
    yield batch
  }
}

/** Bytes of text that a source may have for what it is stored in; of a pipe nobody knows how long it is. */
function mostByRatio({ byteLength }: ByteSource, maxRatio: number): number {
  return byteLength === undefined ? Infinity : Math.max(ratioFreeBytes, byteLength * maxRatio)
}

/** Bytes of text that a source may have. */
export function mostTextBytes(
  source: ByteSource,
  { maxTextBytes, maxRatio }: Pick<ResolvedReadOptions, 'maxTextBytes' | 'maxRatio'>,
): number {
  return Math.min(maxTextBytes, mostByRatio(source, maxRatio))
}

function tooLarge(source: string, limit: string, option: 'maxRatio' | 'maxTextBytes'): CorpusError {
  const hint = { option, effect: 'raises the limit' }
  return new CorpusError('too-large', `gives more text than ${limit}`, { source, hint })
}
