import { CorpusError } from '../errors.ts'

/** An error for data whose decompressor would need more memory than is allowed. */
export function windowTooLarge(what: string, windowBytes: number, maxBytes: number): CorpusError {
  const message = `the ${what} data needs a window of ${windowBytes} bytes, more than the limit of ${maxBytes}`
  const hint = { option: 'maxWindowBytes', value: String(nextPowerOfTwo(windowBytes)), effect: 'reads it' }
  return new CorpusError('too-large', message, { hint })
}

function nextPowerOfTwo(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(bytes))
}
