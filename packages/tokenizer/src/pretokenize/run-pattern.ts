import { type CharTest, isWhiteSpace } from './class-pattern.ts'
import { charLength, codePointAt } from './code-point.ts'
import type { TextPattern } from './text-pattern.ts'

/** Expressions for runs of characters, with the characters and the least length of a run. */
const known: ReadonlyMap<string, readonly [isInRun: CharTest, least: number]> = new Map([
  [String.raw`\s+`, [isWhiteSpace, 1]],
  [' {2,}', [(codePoint: number): boolean => codePoint === 0x20, 2]],
])

/** The pattern of an expression of published tokenizers that stands for runs of characters: found without an expression, and in bytes. */
export function findRunPattern(expression: string): TextPattern | undefined {
  const found = known.get(expression)
  return found === undefined ? undefined : runPattern(...found)
}

/** Runs of at least so many characters of a kind. */
function runPattern(isInRun: CharTest, least: number): TextPattern {
  const isAsciiInRun = Uint8Array.from({ length: 0x80 }, (_, code) => Number(isInRun(code)))

  /** Calls `emit` for the runs, until it gives false. */
  function walk(
    bytes: Uint8Array,
    start: number,
    end: number,
    emit: (start: number, end: number) => boolean | void,
  ): void {
    for (let at = start; at < end;) {
      let next = at
      let length = 0
      while (next < end) {
        const byte = bytes[next]!
        if (!(byte < 0x80 ? isAsciiInRun[byte] === 1 : isInRun(codePointAt(bytes, next)))) break
        next += charLength(byte)
        length++
      }
      if (length >= least && emit(at, next) === false) return
      at = next < end ? next + charLength(bytes[next]!) : end
    }
  }

  return {
    replace(text, content) {
      let replaced = ''
      let copied = 0
      for (let at = 0; at < text.length;) {
        const start = at
        while (at < text.length && isInRun(text.charCodeAt(at))) at++
        if (at - start >= least) {
          replaced += text.slice(copied, start) + content
          copied = at
        }
        at++
      }
      return replaced + text.slice(copied)
    },
    findMatches: walk,
    findsInBytes: true,
    mayMatch(bytes, start, end) {
      let isFound = false
      walk(bytes, start, end, () => !(isFound = true))
      return isFound
    },
    // A space begins a run or stands in one, and nothing is looked at beyond it.
    endsBeforeSpace: true,
  }
}
