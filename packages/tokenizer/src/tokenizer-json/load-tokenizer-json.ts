import { AssembledEncoding } from '../assembly/assembled-encoding.ts'
import type { EncoderOptions } from '../create-encoder.ts'
import type { Encoding } from '../encoding.ts'
import { refuseDepth } from '../load/json-depth.ts'
import { parseJson } from '../load/parse-json.ts'
import { sha256Hex } from '#sha256'
import { objectAt, type JsonObject, invalid } from '../load/json-shape.ts'
import type { PhasedToken } from '../special/special-rules.ts'
import { readAddedTokens } from './read-added-tokens.ts'
import { readTextModel } from './read-model.ts'
import { readNormalizer } from './read-normalizer.ts'
import { readPostProcessor } from './read-post-processor.ts'
import { findGeneralPatterns, readPreTokenizer, refuseFirstBehindCuts } from './read-pre-tokenizer.ts'
import { readSpaceMark } from './read-space-mark.ts'
import { cutRule } from '../assembly/cut-rule.ts'
import { skimTokenizerJson } from './skim-tokenizer-json.ts'

/** Options of {@link loadTokenizerJson}. */
export interface TokenizerJsonOptions extends EncoderOptions {
  /**
   * A name for messages and records.
   * @default 'tokenizer.json'
   */
  readonly name?: string
  /**
   * The added token that ends a text.
   * @default the first there is, with `special: true`, of `<|endoftext|>`, `<|end_of_text|>`, `<eos>`, `</s>`, `<｜end▁of▁sentence｜>` and
   * `<EOS_TOKEN>`
   */
  readonly endOfText?: string
}

const usualEndOfText = [
  '<|endoftext|>',
  '<|end_of_text|>',
  '<eos>',
  '</s>',
  '<｜end▁of▁sentence｜>',
  '<EOS_TOKEN>',
]

/**
 * Makes an encoding of a Hugging Face `tokenizer.json`. Its ids are those of the `tokenizers` library, 0.23: added tokens are found in
 * every text, and the post-processor's tokens put around it, unless {@link EncodeOptions} say otherwise. What the file says of truncation and
 * padding is not followed: they belong to batches, not to a text.
 *
 * @param file the file's bytes, or its text
 * @throws TokenizerError `unsupported-component`, naming it, for anything that is not followed exactly, and `invalid-vocabulary`
 * when the file contradicts itself
 */
export async function loadTokenizerJson(
  file: Uint8Array | string,
  options: TokenizerJsonOptions = {},
): Promise<Encoding> {
  const { name = 'tokenizer.json', endOfText } = options
  const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file
  const skimmed = skimTokenizerJson(bytes)
  if (skimmed !== undefined) refuseDepth(skimmed.json, name)
  const json = skimmed?.json ?? parse(bytes, name)
  const normalizer = await readNormalizer(json['normalizer'])
  if (normalizer !== undefined) refuseFirstBehindCuts(json['pre_tokenizer'])
  const preTokenizer = await readPreTokenizer(json['pre_tokenizer'])
  const { before, after, trimOffsets } = readPostProcessor(json['post_processor'])
  const found = { listed: skimmed?.listed, spaces: readSpaceMark(json) }
  const model = await readTextModel(json, preTokenizer, options, found)
  const specialTokens = readAddedTokens(json['added_tokens'], model.ids, normalizer)
  const { decoder, vocabSize } = await model.decoderWith(specialTokens)
  return new AssembledEncoding({
    name,
    vocabSize,
    endOfTextId: findEndOfText(specialTokens, endOfText),
    sha256: await sha256Hex(bytes),
    specialTokens,
    specialDefaults: { allowedSpecial: 'all', disallowedSpecial: [] },
    template: { before, after },
    normalizer,
    stretches: model.stretches,
    unchanged: model.unchanged,
    decoder,
    trimOffsets,
    hasPlaces: model.hasPlaces,
    keepsText:
      model.keepsText &&
      normalizer === undefined &&
      !specialTokens.some(({ lstrip, rstrip }) => lstrip === true || rstrip === true),
    generalPatterns: findGeneralPatterns(json['pre_tokenizer']),
    invalid: undefined,
    canCut: cutRule({ normalizer, preTokenizer, model }),
  })
}

function parse(bytes: Uint8Array, name: string): JsonObject {
  return objectAt(parseJson(bytes, name), '')
}

/** Of the usual names only special tokens count: Gemma's `</s>` is the tag of HTML, an ordinary part of its vocabulary. */
function findEndOfText(tokens: readonly PhasedToken[], wanted: string | undefined): number | undefined {
  for (const name of wanted === undefined ? usualEndOfText : [wanted]) {
    const token = tokens.find(
      ({ text, isOrdinary }) => text === name && (wanted !== undefined || isOrdinary !== true),
    )
    if (token !== undefined) return token.id
  }
  if (wanted !== undefined)
    invalid('added_tokens', `tokens with the end of text \`${wanted}\``, tokens.length)
  return undefined
}
