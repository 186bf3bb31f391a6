import { patterns } from '../encodings/patterns.ts'
import { TokenizerError } from '../errors.ts'
import { createCl100kScanner } from './cl100k.ts'
import { scanGpt2 } from './gpt2.ts'
import { createO200kScanner } from './o200k.ts'
import type { Scanner } from './scanner.ts'

/** A pattern of which there are scanners: a family of patterns and what tells this one from its relatives. */
export interface KnownPattern {
  readonly family: 'gpt2' | 'cl100k' | 'o200k'
  /** The most numbers in a piece; of no meaning to gpt2. */
  readonly digits: number
  /** Whether contractions end a word; of no meaning but to o200k. */
  readonly contractions: boolean
  /** Whether marks are letters, and no punctuation; of no meaning but to cl100k. */
  readonly marks: boolean
}

/** Stands for the part of a pattern that says how many numbers are a piece. */
const numbers = '<numbers>'

/**
 * The families' patterns as files write them. Possessive quantifiers change the speed, not the pieces, and so does `[\r\n]` after a greedy
 * `\s*`, which leaves it the last line break either way.
 */
const templates: readonly (readonly [template: string, pattern: Omit<KnownPattern, 'digits'>])[] = [
  [
    patterns.cl100k.replace(String.raw`\p{N}{1,3}`, numbers),
    { family: 'cl100k', contractions: false, marks: false },
  ],
  [
    String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|${numbers}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`,
    { family: 'cl100k', contractions: false, marks: false },
  ],
  [
    String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|${numbers}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    { family: 'cl100k', contractions: false, marks: true },
  ],
  [
    patterns.o200k.replace(String.raw`\p{N}{1,3}`, numbers),
    { family: 'o200k', contractions: true, marks: false },
  ],
  [
    patterns.tekken.replace(String.raw`|\p{N}|`, `|${numbers}|`),
    { family: 'o200k', contractions: false, marks: false },
  ],
]

/** What is known of a pattern, if anything. */
export function findKnownPattern(pattern: string): KnownPattern | undefined {
  if (pattern === patterns.gpt2) return { family: 'gpt2', digits: 0, contractions: false, marks: false }
  for (const [template, known] of templates) {
    const [before, after] = template.split(numbers) as [string, string]
    if (!pattern.startsWith(before) || !pattern.endsWith(after)) continue
    const digits = /^\\p\{N\}(?:\{1,(\d{1,3})\}|(\+))?$/.exec(
      pattern.slice(before.length, pattern.length - after.length),
    )
    if (digits === null) continue
    const most = digits[2] === '+' ? 0x7fffffff : Number(digits[1] ?? 1)
    if (most > 0) return { ...known, digits: most }
  }
  return undefined
}

/**
 * What is known of a pattern.
 *
 * @throws TokenizerError `unsupported-component` when nothing is
 */
export function knownPattern(pattern: string): KnownPattern {
  const found = findKnownPattern(pattern)
  if (found !== undefined) return found
  throw new TokenizerError(
    'unsupported-component',
    `Expected a known pre-tokenizer pattern (${Object.keys(patterns).join(', ')}), got \`${pattern}\``,
  )
}

/** The scanner of a pattern in TypeScript. */
export function createScanner({ family, digits, contractions, marks }: KnownPattern): Scanner {
  if (family === 'gpt2') return scanGpt2
  return family === 'cl100k'
    ? createCl100kScanner({ digits, marks })
    : createO200kScanner({ digits, contractions })
}
