import { byteFallback } from '../decode/byte-fallback.ts'
import { byteLevel } from '../decode/byte-level.ts'
import { ctc } from '../decode/ctc.ts'
import type { DecodeStep } from '../decode/decode-step.ts'
import { fuse } from '../decode/fuse.ts'
import { metaspaceToSpaces } from '../decode/metaspace.ts'
import { replaceIn } from '../decode/replace.ts'
import { stripFrom } from '../decode/strip.ts'
import { spacesOfWordEnds } from '../decode/word-ends.ts'
import { wordPiece } from '../decode/wordpiece.ts'
import {
  arrayAt,
  booleanAt,
  countAt,
  type JsonObject,
  objectAt,
  refuse,
  stringAt,
} from '../load/json-shape.ts'
import { readPattern } from './read-pattern.ts'

/** How each type of decoder is read. */
const readers: Readonly<Record<string, (decoder: JsonObject) => Promise<DecodeStep> | DecodeStep>> = {
  ByteLevel: () => byteLevel,
  ByteFallback: () => byteFallback,
  Fuse: () => fuse,
  Replace: async (decoder) =>
    replaceIn(
      await readPattern(decoder['pattern'], 'decoder.pattern'),
      stringAt(decoder['content'], 'decoder.content'),
    ),
  Strip: (decoder) =>
    stripFrom({
      content: stringAt(decoder['content'], 'decoder.content'),
      start: countAt(decoder['start'], 'decoder.start'),
      stop: countAt(decoder['stop'], 'decoder.stop'),
    }),
  Metaspace: (decoder) =>
    metaspaceToSpaces(
      stringAt(decoder['replacement'], 'decoder.replacement'),
      decoder['prepend_scheme'] === undefined
        ? decoder['add_prefix_space'] !== false
        : decoder['prepend_scheme'] !== 'never',
    ),
  WordPiece: (decoder) =>
    wordPiece(stringAt(decoder['prefix'], 'decoder.prefix'), decoder['cleanup'] !== false),
  BPEDecoder: (decoder) => spacesOfWordEnds(stringAt(decoder['suffix'], 'decoder.suffix')),
  CTC: (decoder) =>
    ctc({
      padToken: stringAt(decoder['pad_token'], 'decoder.pad_token'),
      wordDelimiterToken: stringAt(decoder['word_delimiter_token'], 'decoder.word_delimiter_token'),
      cleansUp: booleanAt(decoder['cleanup'], 'decoder.cleanup'),
    }),
  Sequence: async (decoder) => {
    const steps = await Promise.all(arrayAt(decoder['decoders'], 'decoder.decoders').map(readDecoder))
    return (tokens) => steps.reduce<string[]>((texts, step) => step(texts), [...tokens])
  },
}

/** Reads `decoder`; without one, tokens are joined with spaces. */
export async function readDecoder(value: unknown): Promise<DecodeStep> {
  if (value === null || value === undefined) return (tokens) => [tokens.join(' ')]
  const decoder = objectAt(value, 'decoder')
  const type = String(decoder['type'])
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined
  return (reader ?? refuse(`the decoder ${type}`))(decoder)
}

/** Whether tokens are turned to bytes one by one, by the byte alphabet. */
export function isByteLevelDecoder(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { type, decoders } = value as JsonObject
  if (type === 'Sequence')
    return Array.isArray(decoders) && decoders.length === 1 && isByteLevelDecoder(decoders[0])
  return type === 'ByteLevel'
}
