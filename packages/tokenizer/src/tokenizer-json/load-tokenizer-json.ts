import { BpeEncoding } from '../bpe-encoding.ts'
import { createEncoder, type EncoderOptions } from '../create-encoder.ts'
import type { Encoding } from '../encoding.ts'
import { TokenizerError } from '../errors.ts'
import { sha256Hex } from '../load/sha256.ts'
import { TokenDecoder } from '../token-decoder.ts'
import { bytesOfToken } from './byte-alphabet.ts'
import { invalid, type JsonObject, objectAt, requireOneOf } from './json-shape.ts'
import {
  checkDecoder,
  readAddedTokens,
  readNormalizer,
  readPostProcessor,
  readPreTokenizer,
} from './read-components.ts'
import { readModel } from './read-model.ts'
import { isNormalBefore, withNfc, withPrefixSpace } from './text-rules.ts'

/** Options of {@link loadTokenizerJson}. */
export interface TokenizerJsonOptions extends EncoderOptions {
  /**
   * A name for messages and records.
   * @default 'tokenizer.json'
   */
  readonly name?: string
  /**
   * The added token that ends a text.
   * @default the first there is of `<|endoftext|>`, `<|end_of_text|>` and `</s>`
   */
  readonly endOfText?: string
}

const usualEndOfText = ['<|endoftext|>', '<|end_of_text|>', '</s>']

/**
 * Make an encoding of a Hugging Face `tokenizer.json` of the byte-level BPE family: GPT-2, Llama 3, Qwen 2 to 3, Mistral's
 * Tekken, phi-4. Its ids are those of the `tokenizers` library, 0.23: added tokens are found in every text, and the
 * post-processor's tokens put around it, unless {@link EncodeOptions} say otherwise.
 *
 * Throws `unsupported-component`, naming it, for anything that is not known to be encoded exactly, and `invalid-vocabulary`
 * when the file contradicts itself.
 *
 * @param file the file's bytes, or its text
 */
export async function loadTokenizerJson(
  file: Uint8Array | string,
  options: TokenizerJsonOptions = {},
): Promise<Encoding> {
  const { name = 'tokenizer.json', endOfText } = options
  const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file
  const json = parse(bytes)
  requireOneOf(json, 'truncation', 'tokenizer.json', [null])
  requireOneOf(json, 'padding', 'tokenizer.json', [null])
  checkDecoder(json['decoder'])
  const isNfc = readNormalizer(json['normalizer'])
  const { pattern, addPrefixSpace } = readPreTokenizer(json['pre_tokenizer'])
  const specialTokens = readAddedTokens(json['added_tokens'], isNfc)
  const { before, after } = readPostProcessor(json['post_processor'])
  const { vocabulary, idOfRank, unmergedTokens, otherTokens } = readModel(objectAt(json['model'], 'model'))

  let { ordinary } = await createEncoder(vocabulary, idOfRank, pattern, options, unmergedTokens)
  if (addPrefixSpace) ordinary = withPrefixSpace(ordinary)
  if (isNfc) ordinary = withNfc(ordinary)

  const utf8 = new TextEncoder()
  const others = [...otherTokens, ...specialTokens.map(({ text, id }) => [text, id] as const)].map(
    ([text, id], i) =>
      [(i < otherTokens.length ? bytesOfToken(text) : undefined) ?? utf8.encode(text), id] as const,
  )
  let vocabSize = 0
  for (const id of idOfRank) vocabSize = Math.max(vocabSize, id + 1)
  for (const [, id] of others) vocabSize = Math.max(vocabSize, id + 1)
  return new BpeEncoding({
    name,
    vocabSize,
    endOfTextId: findEndOfText(specialTokens, endOfText),
    sha256: await sha256Hex(new Uint8Array(bytes)),
    specialTokens,
    specialDefaults: { allowedSpecial: 'all', disallowedSpecial: [] },
    before,
    after,
    ordinary,
    decoder: new TokenDecoder(vocabulary, idOfRank, others, vocabSize),
    scanForInvalid: undefined,
    // Composition makes text shorter, but a few characters are excluded from it and come out three times as long.
    room: isNfc || addPrefixSpace ? (length) => 3 * length + 1 : (length) => length,
    canCut: (text, offset) =>
      (!addPrefixSpace || text[offset] === 0x20) && (!isNfc || isNormalBefore(text, offset)),
  })
}

function parse(bytes: Uint8Array): JsonObject {
  try {
    return objectAt(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)), 'tokenizer.json')
  } catch (cause) {
    if (cause instanceof TokenizerError) throw cause
    throw new TokenizerError('invalid-vocabulary', `Expected tokenizer.json to be JSON: ${String(cause)}`, {
      cause,
    })
  }
}

function findEndOfText(
  tokens: readonly { readonly text: string; readonly id: number }[],
  wanted: string | undefined,
): number | undefined {
  for (const name of wanted === undefined ? usualEndOfText : [wanted]) {
    const token = tokens.find(({ text }) => text === name)
    if (token !== undefined) return token.id
  }
  if (wanted !== undefined)
    invalid('added_tokens', `tokens with the end of text \`${wanted}\``, tokens.length)
  return undefined
}
