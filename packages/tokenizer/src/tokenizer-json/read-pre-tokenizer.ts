import type { ReadPreTokenizer } from '../assembly/pre-tokenizer.ts'
import { patterns } from '../encodings/patterns.ts'
import { bertPreTokenizer } from '../pretokenize/bert.ts'
import { fromByteAlphabet, toByteAlphabet } from '../pretokenize/byte-alphabet-text.ts'
import { charMatches, punctuationTest, testOfClass } from '../pretokenize/class-pattern.ts'
import { fixedLength } from '../pretokenize/fixed-length.ts'
import { createScanner, findKnownPattern } from '../pretokenize/known-pattern.ts'
import { findKnownMatches } from '../pretokenize/known-matches.ts'
import { metaspace, type MetaspaceOptions } from '../pretokenize/metaspace.ts'
import type { PreTokenizerStep } from '../pretokenize/pieces.ts'
import { prefixSpace } from '../pretokenize/prefix-space.ts'
import { scannerMatches } from '../pretokenize/scanner-pattern.ts'
import { type Matches, splitBehaviors, type SplitBehavior, splitStep } from '../pretokenize/split.ts'
import { unicodeScripts } from '../pretokenize/unicode-scripts.ts'
import { whitespace, whitespaceSplit } from '../pretokenize/whitespace.ts'
import { TextClass } from '../unicode/text-classes.ts'
import { arrayAt, countAt, invalid, type JsonObject, objectAt, refuse, stringAt } from '../load/json-shape.ts'
import { readPattern } from './read-pattern.ts'

/** How each type of pre-tokenizer is read, ByteLevel and Sequence left out. */
const readers: Readonly<Record<string, (step: JsonObject) => Promise<PreTokenizerStep> | PreTokenizerStep>> =
  {
    Split: async (step) => {
      const behavior = readBehavior(step)
      const matches = await readMatches(step['pattern'])
      // Where neighbours are joined, matches that end at a place are no border of pieces there.
      const isJoined = behavior !== 'Isolated' && behavior !== 'Removed' && matches.beforeSpace === 'border'
      return splitStep(
        isJoined ? { ...matches, beforeSpace: 'split' } : matches,
        behavior,
        step['invert'] === true,
      )
    },
    Digits: (step) =>
      splitStep(
        charMatches(testOfClass(TextClass.numeric), step['individual_digits'] !== true),
        'Isolated',
        false,
      ),
    Punctuation: (step) =>
      splitStep(
        charMatches(punctuationTest(), false),
        step['behavior'] === undefined ? 'Isolated' : readBehavior(step),
        false,
      ),
    Whitespace: () => whitespace,
    WhitespaceSplit: () => whitespaceSplit,
    BertPreTokenizer: () => bertPreTokenizer(),
    CharDelimiterSplit: (step) => {
      const delimiter = stringAt(step['delimiter'], 'pre_tokenizer.delimiter')
      const codePoint = delimiter.codePointAt(0)
      if (codePoint === undefined || delimiter !== String.fromCodePoint(codePoint))
        return invalid('pre_tokenizer.delimiter', 'one character', delimiter)
      const matches = charMatches((other) => other === codePoint, false)
      return splitStep(delimiter === ' ' ? { ...matches, beforeSpace: 'border' } : matches, 'Removed', false)
    },
    FixedLength: (step) => {
      const length = countAt(step['length'] ?? 5, 'pre_tokenizer.length')
      return fixedLength(
        length === 0 ? invalid('pre_tokenizer.length', 'one character or more', length) : length,
      )
    },
    UnicodeScripts: () => unicodeScripts(),
    Metaspace: (step) =>
      metaspace({
        replacement: stringAt(step['replacement'], 'pre_tokenizer.replacement'),
        prependScheme: prependSchemeOf(step),
        split: step['split'] !== false,
      }),
  }

/** Before which pieces a Metaspace puts its character; older files say it by `add_prefix_space`. */
export function prependSchemeOf(step: JsonObject): MetaspaceOptions['prependScheme'] {
  const scheme = step['prepend_scheme'] ?? (step['add_prefix_space'] === false ? 'never' : 'always')
  if (scheme !== 'always' && scheme !== 'first' && scheme !== 'never')
    return invalid('pre_tokenizer.prepend_scheme', 'always, first or never', scheme)
  return scheme
}

/** Reads `pre_tokenizer`. */
export async function readPreTokenizer(value: unknown): Promise<ReadPreTokenizer> {
  if (value === null || value === undefined) return { steps: [], isByteLevel: false, direct: undefined }
  const listed = flatten(value)
  const direct = readDirect(listed)
  if (direct !== undefined) return { steps: [], isByteLevel: true, direct }
  const steps: PreTokenizerStep[] = []
  let isByteLevel = false
  let isAlphabetText = false
  for (const [i, step] of listed.entries()) {
    const type = String(step['type'])
    if (type !== 'ByteLevel') {
      const reader = Object.hasOwn(readers, type) ? readers[type] : undefined
      steps.push(await (reader ?? refuse(`the pre_tokenizer ${type}`))(step))
      continue
    }
    if (isByteLevel) refuse('a pre_tokenizer with ByteLevel twice')
    isByteLevel = true
    const { useRegex, addPrefixSpace } = readByteLevel(step)
    if (addPrefixSpace) steps.push(prefixSpace)
    if (useRegex) steps.push(splitStep(scannerMatches(createScanner(gpt2)), 'Isolated', false))
    if (i + 1 < listed.length) {
      steps.push(toByteAlphabet)
      isAlphabetText = true
    }
  }
  if (isAlphabetText) steps.push(fromByteAlphabet())
  return { steps, isByteLevel, direct: undefined }
}

const gpt2 = findKnownPattern(patterns.gpt2)!

/** The steps of a sequence of sequences. */
function flatten(value: unknown): JsonObject[] {
  const step = objectAt(value, 'pre_tokenizer')
  if (step['type'] !== 'Sequence') return [step]
  return arrayAt(step['pretokenizers'], 'pre_tokenizer.pretokenizers').flatMap(flatten)
}

/** ByteLevel with its own (GPT-2's) pattern, or a Split by a known pattern and then ByteLevel. */
function readDirect(steps: readonly JsonObject[]): ReadPreTokenizer['direct'] {
  const [first, second, ...more] = steps
  if (first === undefined || more.length > 0) return undefined
  if (second === undefined) {
    if (first['type'] !== 'ByteLevel') return undefined
    const { useRegex, addPrefixSpace } = readByteLevel(first)
    return useRegex ? { pattern: gpt2, addPrefixSpace } : undefined
  }
  if (first['type'] !== 'Split' || second['type'] !== 'ByteLevel') return undefined
  const { useRegex, addPrefixSpace } = readByteLevel(second)
  if (useRegex || addPrefixSpace) return undefined
  const expression = objectAt(first['pattern'], 'pre_tokenizer.pattern')['Regex']
  const pattern = typeof expression === 'string' ? findKnownPattern(expression) : undefined
  // The known patterns match every character, so keeping the matches and dropping the rest changes nothing.
  const keepsAll =
    (first['behavior'] === 'Isolated' && first['invert'] !== true) ||
    (first['behavior'] === 'Removed' && first['invert'] === true)
  return pattern === undefined || !keepsAll ? undefined : { pattern, addPrefixSpace: false }
}

function readByteLevel(step: JsonObject): { useRegex: boolean; addPrefixSpace: boolean } {
  return { useRegex: step['use_regex'] !== false, addPrefixSpace: step['add_prefix_space'] !== false }
}

function readBehavior(step: JsonObject): SplitBehavior {
  const found = splitBehaviors.find((behavior) => behavior === step['behavior'])
  return found ?? invalid('pre_tokenizer.behavior', splitBehaviors.join(', '), step['behavior'])
}

/**
 * Refuses a Metaspace that marks the beginning of a text behind steps that cut, where the text was normalized: of a first character that became
 * several, cut apart, the reference takes each for the beginning.
 */
export function refuseFirstBehindCuts(value: unknown): void {
  if (value === null || value === undefined) return
  const place = flatten(value).findIndex(
    ({ type, prepend_scheme: scheme }) => type === 'Metaspace' && scheme === 'first',
  )
  if (place > 0)
    refuse('the pre_tokenizer Metaspace with prepend_scheme first behind other steps and a normalizer')
}

/** The patterns of a `pre_tokenizer` that was read which no scanner is made for: a general engine runs them. */
export function findGeneralPatterns(value: unknown): readonly string[] {
  if (value === null || value === undefined) return []
  return flatten(value).flatMap((step) => {
    const expression = step['type'] === 'Split' ? objectAt(step['pattern'], 'pattern')['Regex'] : undefined
    return typeof expression === 'string' && knownMatches(expression) === undefined ? [expression] : []
  })
}

function knownMatches(expression: string): Matches | undefined {
  const known = findKnownPattern(expression)
  return known === undefined ? findKnownMatches(expression) : scannerMatches(createScanner(known))
}

async function readMatches(value: unknown): Promise<Matches> {
  const expression = objectAt(value, 'pre_tokenizer.pattern')['Regex']
  const known = typeof expression === 'string' ? knownMatches(expression) : undefined
  if (known !== undefined) return known
  const pattern = await readPattern(value, 'pre_tokenizer.pattern')
  const { findMatches, runLimited, endsBeforeSpace, isOneCharacter = false } = pattern
  return {
    findMatches,
    ...(runLimited !== undefined && { runLimited }),
    beforeSpace: endsBeforeSpace ? 'split' : 'unknown',
    cutsAnywhere: isOneCharacter,
  }
}
