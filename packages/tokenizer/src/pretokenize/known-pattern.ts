import { patternAliases, patterns } from '../encodings/patterns.ts'
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
}

const known: ReadonlyMap<string, KnownPattern> = new Map([
  [patterns.gpt2, { family: 'gpt2', digits: 0, contractions: false }],
  [patterns.cl100k, { family: 'cl100k', digits: 3, contractions: false }],
  [patterns.qwen2, { family: 'cl100k', digits: 1, contractions: false }],
  [patterns.o200k, { family: 'o200k', digits: 3, contractions: true }],
  [patterns.tekken, { family: 'o200k', digits: 1, contractions: false }],
])

/** What is known of a pattern. Throws `unsupported-component` when nothing is: a guess would give wrong ids. */
export function knownPattern(pattern: string): KnownPattern {
  const found = known.get(patternAliases.get(pattern) ?? pattern)
  if (found !== undefined) return found
  throw new TokenizerError(
    'unsupported-component',
    `Expected a known pre-tokenizer pattern, got \`${pattern}\``,
  )
}

/** The scanner of a pattern in TypeScript. */
export function createScanner({ family, digits, contractions }: KnownPattern): Scanner {
  if (family === 'gpt2') return scanGpt2
  return family === 'cl100k' ? createCl100kScanner(digits) : createO200kScanner({ digits, contractions })
}
