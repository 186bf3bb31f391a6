import { bertNormalizer } from '../normalize/bert.ts'
import { byteLevelText } from '../normalize/byte-level.ts'
import { lowercase } from '../normalize/lowercase.ts'
import { nmt } from '../normalize/nmt.ts'
import { type Normalizer, sequenceOf } from '../normalize/normalizer.ts'
import { precompiled } from '../normalize/precompiled.ts'
import { prepend } from '../normalize/prepend.ts'
import { replaceWith } from '../normalize/replace.ts'
import { stripAccents } from '../normalize/strip-accents.ts'
import { strip } from '../normalize/strip.ts'
import { unicodeForm } from '../normalize/unicode-form.ts'
import type { TextPattern } from '../pretokenize/text-pattern.ts'
import { arrayAt, booleanAt, type JsonObject, objectAt, refuse, stringAt } from '../load/json-shape.ts'
import { readPattern } from './read-pattern.ts'

type NormalizerReader = (normalizer: JsonObject) => Promise<Normalizer | undefined> | Normalizer | undefined

/** How each type of normalizer is read. */
const readers: Readonly<Record<string, NormalizerReader>> = {
  NFC: () => unicodeForm('NFC'),
  NFD: () => unicodeForm('NFD'),
  NFKC: () => unicodeForm('NFKC'),
  NFKD: () => unicodeForm('NFKD'),
  Lowercase: () => lowercase(),
  StripAccents: () => stripAccents(),
  Nmt: () => nmt,
  ByteLevel: () => byteLevelText,
  Strip: (normalizer) =>
    strip({
      left: booleanAt(normalizer['strip_left'], 'normalizer.strip_left'),
      right: booleanAt(normalizer['strip_right'], 'normalizer.strip_right'),
    }),
  Prepend: (normalizer) => prepend(stringAt(normalizer['prepend'], 'normalizer.prepend')),
  Replace: async (normalizer) => {
    const pattern = await readPattern(normalizer['pattern'], 'normalizer.pattern')
    const content = stringAt(normalizer['content'], 'normalizer.content')
    if (content !== '' && matchesNothing(pattern))
      refuse(
        `the normalizer Replace of ${JSON.stringify(normalizer['pattern'])}, which matches between characters`,
      )
    return replaceWith(pattern, content)
  },
  Precompiled: (normalizer) =>
    precompiled(stringAt(normalizer['precompiled_charsmap'], 'normalizer.precompiled_charsmap')),
  BertNormalizer: (normalizer) => {
    const lowers = normalizer['lowercase'] !== false
    return bertNormalizer({
      cleanText: normalizer['clean_text'] !== false,
      handleChineseChars: normalizer['handle_chinese_chars'] !== false,
      // Left open, it follows the lower case, as in the first BERT.
      stripAccents: typeof normalizer['strip_accents'] === 'boolean' ? normalizer['strip_accents'] : lowers,
      lowercase: lowers,
    })
  },
  Sequence: async (normalizer) => {
    const read = await Promise.all(
      arrayAt(normalizer['normalizers'], 'normalizer.normalizers').map(readNormalizer),
    )
    return sequenceOf(read.filter((step) => step !== undefined))
  },
}

/** Reads `normalizer`; undefined where nothing is normalized. */
export async function readNormalizer(value: unknown): Promise<Normalizer | undefined> {
  if (value === null || value === undefined) return undefined
  const normalizer = objectAt(value, 'normalizer')
  const type = String(normalizer['type'])
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined
  return (reader ?? refuse(`the normalizer ${type}`))(normalizer)
}

const probe = new TextEncoder().encode(' aA1_-.é中\n b ')

/** Whether a pattern matches without taking a character. What is put at the beginning of a text by that the reference repeats at times. */
function matchesNothing({ findMatches }: TextPattern): boolean {
  let isFound = false
  findMatches(probe, 0, probe.length, (start, end) => {
    isFound ||= start === end
  })
  return isFound
}
