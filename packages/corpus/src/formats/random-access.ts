import { CorpusError } from '../errors.ts'
import type { Format } from './format.ts'

/** An error for a source that can be read only from its beginning, where the format needs more. */
export function needsRandomAccess(source: string, format: Format): CorpusError {
  const message = `${format} is read from its end, so it must be a plain file; decompress it or save it to a file`
  return new CorpusError('not-seekable', message, { source })
}
