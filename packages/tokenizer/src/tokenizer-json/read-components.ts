import { patterns } from '../encodings/patterns.ts'
import { type KnownPattern, knownPattern } from '../pretokenize/known-pattern.ts'
import type { PhasedToken } from '../special/special-rules.ts'
import {
  arrayAt,
  idAt,
  invalid,
  type JsonObject,
  objectAt,
  refuse,
  requireOneOf,
  stringAt,
} from './json-shape.ts'

/** What the pre-tokenizer of a tokenizer.json does. */
export interface PreTokenizer {
  readonly pattern: KnownPattern
  /** A space is put before each stretch of text that does not begin with one. */
  readonly addPrefixSpace: boolean
}

/**
 * Read `pre_tokenizer`: ByteLevel with its own (GPT-2's) pattern, or a Split by a known pattern and then ByteLevel.
 */
export function readPreTokenizer(value: unknown): PreTokenizer {
  const outer = objectAt(value ?? refuse('no pre_tokenizer'), 'pre_tokenizer')
  const steps =
    outer['type'] === 'Sequence' ? arrayAt(outer['pretokenizers'], 'pre_tokenizer.pretokenizers') : [outer]
  const [first, second, ...more] = steps.map((step, i) => objectAt(step, `pre_tokenizer.pretokenizers[${i}]`))
  if (first === undefined || more.length > 0) refuse(`a pre_tokenizer of ${steps.length} steps`)
  if (second === undefined) {
    const useRegex = readByteLevel(first).useRegex
    if (!useRegex) refuse('the pre_tokenizer ByteLevel without a pattern (`use_regex`: false)')
    return { pattern: knownPattern(patterns.gpt2), addPrefixSpace: readByteLevel(first).addPrefixSpace }
  }
  const byteLevel = readByteLevel(second)
  if (byteLevel.useRegex || byteLevel.addPrefixSpace) {
    refuse('the pre_tokenizer ByteLevel after a Split, with `use_regex` or `add_prefix_space`')
  }
  return { pattern: readSplit(first), addPrefixSpace: false }
}

function readByteLevel(step: JsonObject): { useRegex: boolean; addPrefixSpace: boolean } {
  if (step['type'] !== 'ByteLevel') refuse(`the pre_tokenizer ${String(step['type'])}`)
  return { useRegex: step['use_regex'] !== false, addPrefixSpace: step['add_prefix_space'] !== false }
}

function readSplit(step: JsonObject): KnownPattern {
  if (step['type'] !== 'Split') refuse(`the pre_tokenizer ${String(step['type'])}`)
  const pattern = objectAt(step['pattern'], 'pre_tokenizer.pattern')
  if (pattern['Regex'] === undefined) refuse(`the Split pattern ${JSON.stringify(pattern)}`)
  const { behavior, invert } = step
  // The known patterns match every character, so keeping the matches and dropping the rest changes nothing.
  const isKnown =
    (behavior === 'Isolated' && (invert === false || invert === undefined)) ||
    (behavior === 'Removed' && invert === true)
  if (!isKnown) refuse(`the Split behavior ${String(behavior)} with \`invert\`: ${String(invert)}`)
  return knownPattern(stringAt(pattern['Regex'], 'pre_tokenizer.pattern.Regex'))
}

/** Read `normalizer`: whether text is brought to NFC. */
export function readNormalizer(value: unknown): boolean {
  if (value === null || value === undefined) return false
  const normalizer = objectAt(value, 'normalizer')
  if (normalizer['type'] === 'NFC') return true
  if (normalizer['type'] === 'Sequence') {
    return arrayAt(normalizer['normalizers'], 'normalizer.normalizers').map(readNormalizer).includes(true)
  }
  return refuse(`the normalizer ${String(normalizer['type'])}`)
}

/** Ids put around a text. */
export interface Template {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** Read `post_processor`: ByteLevel (which changes offsets only), a template, RoBERTa's or BERT's, or a sequence of them. */
export function readPostProcessor(value: unknown): Template {
  if (value === null || value === undefined) return { before: [], after: [] }
  const processor = objectAt(value, 'post_processor')
  switch (processor['type']) {
    case 'ByteLevel':
      return { before: [], after: [] }
    case 'TemplateProcessing':
      return readTemplate(processor)
    case 'RobertaProcessing':
    case 'BertProcessing':
      return { before: [readPairId(processor, 'cls')], after: [readPairId(processor, 'sep')] }
    case 'Sequence': {
      const steps = arrayAt(processor['processors'], 'post_processor.processors').map(readPostProcessor)
      return {
        before: steps.toReversed().flatMap(({ before }) => before),
        after: steps.flatMap(({ after }) => after),
      }
    }
    default:
      return refuse(`the post_processor ${String(processor['type'])}`)
  }
}

function readPairId(processor: JsonObject, member: string): number {
  return idAt(arrayAt(processor[member], `post_processor.${member}`)[1], `post_processor.${member}[1]`)
}

function readTemplate(processor: JsonObject): Template {
  const specialTokens = objectAt(processor['special_tokens'], 'post_processor.special_tokens')
  const sides: [number[], number[]] = [[], []]
  let side: 0 | 1 = 0
  for (const part of arrayAt(processor['single'], 'post_processor.single')) {
    const { SpecialToken: special, Sequence: sequence } = objectAt(part, 'post_processor.single[]')
    if (sequence !== undefined) {
      if (side === 1 || objectAt(sequence, 'Sequence')['id'] !== 'A')
        refuse('a template with more than the text itself')
      side = 1
    } else {
      const name = stringAt(
        objectAt(special, 'post_processor.single[].SpecialToken')['id'],
        'SpecialToken.id',
      )
      const ids = objectAt(specialTokens[name], `post_processor.special_tokens[${JSON.stringify(name)}]`)[
        'ids'
      ]
      sides[side].push(...arrayAt(ids, 'ids').map((id) => idAt(id, 'ids[]')))
    }
  }
  if (side === 0) invalid('post_processor.single', 'a template with the text in it', processor['single'])
  return { before: sides[0], after: sides[1] }
}

/** Check `decoder`: ByteLevel alone turns tokens back to the bytes they are. */
export function checkDecoder(value: unknown): void {
  const decoder = objectAt(value ?? refuse('no decoder'), 'decoder')
  if (decoder['type'] !== 'ByteLevel') refuse(`the decoder ${String(decoder['type'])}`)
}

/** Read `added_tokens`; those to be found in normalized text are looked for after the others. */
export function readAddedTokens(value: unknown, hasNormalizer: boolean): PhasedToken[] {
  return arrayAt(value ?? [], 'added_tokens').map((entry, i) => {
    const path = `added_tokens[${i}]`
    const token = objectAt(entry, path)
    requireOneOf(token, 'single_word', path, [false])
    const isNormalized = token['normalized'] === true
    if (isNormalized && hasNormalizer) refuse(`\`${path}.normalized\`: true together with a normalizer`)
    return {
      text: stringAt(token['content'], `${path}.content`),
      id: idAt(token['id'], `${path}.id`),
      lstrip: token['lstrip'] === true,
      rstrip: token['rstrip'] === true,
      phase: isNormalized ? 1 : 0,
    }
  })
}
