import { CorpusError } from '../../errors.ts'

/** An error for Arrow data that is cut or damaged. */
export function brokenArrow(source: string, position: number, what: string, cause?: unknown): CorpusError {
  const message = `the Arrow data is cut or damaged: ${what} (byte ${position}); fetch it again`
  return new CorpusError('broken-file', message, { source, position, cause })
}

/** An error for a record batch that is larger than the limit. */
export function batchTooLarge(source: string, position: number, bytes: number, limit: number): CorpusError {
  const message = `a record batch has ${bytes} bytes, more than the limit of ${limit}; write smaller batches`
  const hint = { option: 'maxBatchBytes', value: String(bytes), effect: 'reads it' }
  return new CorpusError('too-large', message, { source, position, hint })
}
