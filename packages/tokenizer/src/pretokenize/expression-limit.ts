import { runWithin } from '#time-limit'
import { TokenizerError } from '../errors.ts'

/** Runs work that looks for the matches of an expression in so many bytes, in a time that they may take. */
export type RunLimited = (byteLength: number, work: () => void) => void

/** What a search may take: many times what expressions of published tokenizers take on a busy machine. */
const usualMs = 20_000
const msPerMegabyte = 5000

/**
 * Bytes of a text that is searched without a watch, which takes longer to set than to search some kilobytes: those that an expression with so many repetitions in a
 * row, and none inside of another, is done with in seconds at worst. Its time grows with a power of the length, one higher than their number.
 */
const unwatchedBytes = [1 << 20, 1 << 16, 1 << 12] as const

/**
 * The limit of an expression, which is part of a tokenizer's file and may be anything: there are some whose time doubles with each further
 * character. The reference's library gives up after ten million steps of a match; here the time decides, as steps are not told.
 *
 * @param expression the JavaScript that is run
 * @param written as the file has it, for the error
 * @param leastMs what the shortest text may take
 * @returns throws TokenizerError `unsupported-component` from the work where it takes too long
 */
export function limitOf(expression: string, written: string, leastMs: number = usualMs): RunLimited {
  const unwatched = unwatchedBytes[repetitionsInRow(expression)] ?? 0
  let isLimited = false
  return (byteLength, work) => {
    if (isLimited || byteLength <= unwatched) {
      work()
      return
    }
    const milliseconds = Math.round(leastMs + (msPerMegabyte * byteLength) / 1e6)
    isLimited = true
    try {
      if (!runWithin(milliseconds, work)) throw tooLong(written, byteLength, milliseconds)
    } finally {
      isLimited = false
    }
  }
}

/** As many parts of an expression may be left out, each of which doubles the ways to match at worst. */
const mostOptional = 4

/**
 * How many repetitions stand in a row, at most, whatever they repeat; infinitely many where a group is repeated, what was found is referred to, or much may be left
 * out. What an alternative holds counts together, so that more are told than there are.
 */
function repetitionsInRow(expression: string): number {
  if (/\\[1-9k]/.test(expression)) return Infinity
  let inClass = 0
  let inGroup = 0
  let most = 0
  let repeated = 0
  let optional = 0
  const steps = /\\[pPux]\{[^}]*\}|\\.|\(\?(?:<?[=!]|<[^>]*>|[a-z-]*:)|\{\d+(?:,\d*)?\}|./gs
  let before = ''
  for (const [step] of expression.matchAll(steps)) {
    if (step === '[') inClass++
    else if (step === ']') inClass--
    else if (inClass > 0) continue
    else if (step.startsWith('(')) inGroup++
    else if (step === ')') inGroup--
    else if (step === '?') optional++
    else if (step === '*' || step === '+' || (step.startsWith('{') && step.endsWith('}'))) {
      if (before === ')') return Infinity
      repeated++
    } else if (step === '|' && inGroup === 0) {
      repeated = 0
      optional = 0
    }
    if (optional > mostOptional) return Infinity
    most = Math.max(most, repeated)
    before = step
  }
  return most
}

function tooLong(expression: string, byteLength: number, milliseconds: number): TokenizerError {
  return new TokenizerError(
    'unsupported-component',
    `Expected the tokenizer's expression \`${expression}\` to be done with ${byteLength} bytes of text within ${Math.round(milliseconds / 1000)} s, got no end: write it without repetitions inside of repetitions`,
  )
}
