import { TokenizerError } from '../errors.ts'
import { refuseDepth } from './json-depth.ts'
import { findJsonFault } from './json-fault.ts'
import { whatLiesThere } from './what-lies-there.ts'

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Parses a file as JSON.
 *
 * @throws TokenizerError `invalid-vocabulary` for anything else: what it is, or the place where it stops being JSON; and for JSON that is
 * nested too deep
 */
export function parseJson(bytes: Uint8Array, name: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(strictUtf8.decode(bytes))
  } catch (cause) {
    const got = whatLiesThere(bytes) ?? `${faultOf(bytes)}: copy it again from where it came`
    throw new TokenizerError('invalid-vocabulary', `Expected ${name} to be JSON, got ${got}`, { cause })
  }
  refuseDepth(value, name)
  return value
}

function faultOf(bytes: Uint8Array): string {
  let text: string
  try {
    text = strictUtf8.decode(bytes)
  } catch {
    const at = endOfUtf8(bytes)
    return `a byte that is not UTF-8 (0x${bytes[at]!.toString(16)}) at byte ${at}`
  }
  const { at, expected } = findJsonFault(text) ?? { at: text.length, expected: 'less' }
  const lines = text.slice(0, at).split('\n')
  const place = `line ${lines.length}, column ${lines.at(-1)!.length + 1}`
  if (at === text.length) return `its end at ${place} in place of ${expected}`
  return `${JSON.stringify(text.slice(at, at + 12))} at ${place} in place of ${expected}`
}

/** Where bytes stop being UTF-8: by halves, since this is rare. */
function endOfUtf8(bytes: Uint8Array): number {
  let low = 0
  let high = bytes.length
  while (low + 1 < high) {
    const middle = (low + high) >> 1
    try {
      // A character that is cut off at the end is no fault yet.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true })
      low = middle
    } catch {
      high = middle
    }
  }
  // What may have been the beginning of a character was none.
  while (!isUtf8(bytes.subarray(0, low))) low--
  return low
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strictUtf8.decode(bytes)
    return true
  } catch {
    return false
  }
}
