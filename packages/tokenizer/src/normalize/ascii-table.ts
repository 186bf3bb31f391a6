import type { Normalizer } from './normalizer.ts'

/** In the table: a character that is removed. */
const removed = 0xff
/** A run of other characters goes on over fewer ASCII characters than these: making a string takes longer than a few characters. */
const shortestAscii = 16
/** Longer runs end at the next ASCII character, so that their strings stay in the processor's cache. */
const longestRun = 1 << 13

const utf8 = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/**
 * A normalizer that looks up ASCII characters in a table, and makes strings of the other characters only.
 *
 * @param inner makes of every ASCII character one ASCII character or nothing, whatever stands beside it, and of the rest of a text the same
 * with it or without
 */
export function withAsciiTable(inner: Normalizer): Normalizer {
  const table = Uint8Array.from({ length: 128 }, (_, code) => asciiOf(inner, String.fromCharCode(code)))
  return {
    ...inner,
    normalizeBytes(bytes, start, end) {
      let out = new Uint8Array(end - start)
      let length = 0
      for (let at = start; at < end;) {
        const byte = bytes[at]!
        if (byte < 0x80) {
          const changed = table[byte]!
          if (changed !== removed) out[length++] = changed
          at++
          continue
        }
        const runEnd = endOfRun(bytes, at, end)
        const text = inner.normalize(strictDecoder.decode(bytes.subarray(at, runEnd)))
        const needed = length + 3 * text.length + (end - runEnd)
        if (needed > out.length) {
          const longer = new Uint8Array(Math.max(needed, out.length + (out.length >> 1)))
          longer.set(out.subarray(0, length))
          out = longer
        }
        length += utf8.encodeInto(text, out.subarray(length)).written
        at = runEnd
      }
      return out.subarray(0, length)
    },
  }
}

function asciiOf(normalizer: Normalizer, char: string): number {
  const changed = normalizer.normalize(char)
  if (changed === '') return removed
  const code = changed.charCodeAt(0)
  if (changed.length > 1 || code >= 0x80)
    throw new RangeError(
      `Expected an ASCII character of ${JSON.stringify(char)}, got ${JSON.stringify(changed)}`,
    )
  return code
}

/** The end of the last character of a run that is not ASCII. */
function endOfRun(bytes: Uint8Array, start: number, end: number): number {
  let last = start
  for (let at = start; at < end; at++) {
    if (bytes[at]! >= 0x80) last = at + 1
    else if (at - last >= shortestAscii || at - start >= longestRun) break
  }
  return last
}
