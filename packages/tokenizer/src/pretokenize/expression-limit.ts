import { runWithin } from '#time-limit'
import { TokenizerError } from '../errors.ts'

/** Runs work that looks for the matches of an expression in so many bytes, in a time that they may take. */
export type RunLimited = (byteLength: number, work: () => void) => void

/** What a search may take: many times what expressions of published tokenizers take on a busy machine. */
const usualMs = 20_000
const msPerMegabyte = 5000

/** Below this a search of an ordinary expression ends soon, even where its time grows with the cube of the length. */
const shortLength = 1024

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
  const mayTakeLong = repeatsRepetitions(expression)
  let isLimited = false
  return (byteLength, work) => {
    if (isLimited || (byteLength <= shortLength && !mayTakeLong)) {
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

/**
 * Whether an expression repeats a group, or has more than two repetitions in a row: then a short text may take long. More expressions are said to
 * than do.
 */
function repeatsRepetitions(expression: string): boolean {
  const bare = expression.replaceAll(/\\[pPkux]\{[^}]*\}|\\./gs, 'c')
  let depth = 0
  let flat = ''
  for (const character of bare) {
    if (character === '[') depth++
    else if (character === ']') {
      depth--
      flat += 'c'
    } else if (depth === 0) flat += character
  }
  if (/\)[*+{]/.test(flat) || /\\[1-9k]/.test(expression)) return true
  return flat.split('|').some((branch) => (branch.match(/[*+]|\{\d*,\d*\}/g) ?? []).length > 2)
}

function tooLong(expression: string, byteLength: number, milliseconds: number): TokenizerError {
  return new TokenizerError(
    'unsupported-component',
    `Expected the tokenizer's expression \`${expression}\` to be done with ${byteLength} bytes of text within ${Math.round(milliseconds / 1000)} s, got no end: write it without repetitions inside of repetitions`,
  )
}
