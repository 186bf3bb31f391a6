import { patterns } from '../encodings/patterns.ts'
import { TokenizerError } from '../errors.ts'
import { createCl100kScanner } from './cl100k.ts'
import { scanGpt2 } from './gpt2.ts'
import { createO200kScanner } from './o200k.ts'
import type { Scanner } from './scanner.ts'

const scanners: ReadonlyMap<string, Scanner> = new Map([
  [patterns.gpt2, scanGpt2],
  [patterns.cl100k, createCl100kScanner(3)],
  [patterns.o200k, createO200kScanner({ digits: 3, contractions: true })],
])

/** The scanner of a pattern. Throws `unsupported-component` for one that is not known: a guess would give wrong ids. */
export function scannerOfPattern(pattern: string): Scanner {
  const scanner = scanners.get(pattern)
  if (scanner !== undefined) return scanner
  throw new TokenizerError(
    'unsupported-component',
    `Expected a known pre-tokenizer pattern, got \`${pattern}\``,
  )
}
