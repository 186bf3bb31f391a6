import { piecewiseEncoder, stepwiseEncoder } from '../assembly/piecewise.ts'
import { markedSpaces, type SpaceMark } from '../assembly/marked-spaces.ts'
import { ordinaryStretchEncoder, type StretchEncoder, withPrefixSpace } from '../assembly/stretch-encoder.ts'
import { type ByteLevelModel, createByteLevelPieces } from '../bpe/byte-level-model.ts'
import { cutBeforeSpace } from '../bpe/cut-before-space.ts'
import {
  cacheBytesOf,
  createEncoder,
  createPiecesEncoder,
  type EncoderOptions,
  kernelFinds,
} from '../create-encoder.ts'
import { bytesOfText } from '../decode/byte-level.ts'
import { isBpeOfBytes } from '../model/byte-level/is-bpe-of-bytes.ts'
import { readByteLevelModel, type ReadByteLevelModel } from '../model/byte-level/read-byte-level.ts'
import { modelFamilies } from '../model/model-families.ts'
import type { ReadOptions, TokenModel } from '../model/token-model.ts'
import { toByteAlphabet } from '../pretokenize/byte-alphabet-text.ts'
import { createScanner } from '../pretokenize/known-pattern.ts'
import type { PreTokenizerStep } from '../pretokenize/pieces.ts'
import { scannerMatches } from '../pretokenize/scanner-pattern.ts'
import { splitStep } from '../pretokenize/split.ts'
import { TextTokenDecoder } from '../text-token-decoder.ts'
import { type IdDecoder, TokenDecoder } from '../token-decoder.ts'
import { noId } from '../vocabulary/vocabulary.ts'
import { type JsonObject, objectAt, refuse } from '../load/json-shape.ts'
import { isByteLevelDecoder, readDecoder } from './read-decoder.ts'
import type { ReadPreTokenizer } from '../assembly/pre-tokenizer.ts'

/** A token that is not of the model; decoded, one that is looked for in normalized text is what is looked for. */
interface AddedToken {
  readonly text: string
  readonly pattern?: string
  readonly id: number
}

/** The model of a tokenizer.json with what is around it: from stretches of text to ids, and back. */
export interface TextModel {
  readonly stretches: StretchEncoder
  /** Encodes stretches before they are normalized, where that gives the same. */
  readonly unchanged?: StretchEncoder | undefined
  /** The vocabulary. */
  readonly ids: Pick<ReadonlyMap<string, number>, 'get' | 'size'>
  /** The decoder, once the added tokens are known. */
  readonly decoderWith: (added: readonly AddedToken[]) => Promise<{ decoder: IdDecoder; vocabSize: number }>
  /** Whether decoding gives back the bytes that were encoded. */
  readonly keepsText: boolean
  /** Whether the tokens of a text are its bytes one after the other, but for a space put before a stretch. */
  readonly hasPlaces: boolean
  readonly canCut: TokenModel['canCut']
}

/**
 * Reads `model`, to work on the pieces of `preTokenizer`.
 *
 * @param spaces how spaces are written for the model, where that is all that is done to a text
 */
export async function readTextModel(
  json: JsonObject,
  preTokenizer: ReadPreTokenizer,
  options: EncoderOptions,
  { listed, spaces }: { readonly listed?: ReadOptions['listed']; readonly spaces?: SpaceMark | undefined },
): Promise<TextModel> {
  const model = objectAt(json['model'], 'model')
  if (preTokenizer.isByteLevel && isBpeOfBytes(model))
    return byteLevelTextModel(readByteLevelModel(model, listed), json['decoder'], preTokenizer, options)
  const family =
    modelFamilies.find(({ matches }) => matches(model)) ??
    refuse(`the model ${JSON.stringify(model['type'])}`)
  const {
    model: pieces,
    tokens,
    ids: idOfToken = new Map(tokens),
  } = family.read(model, {
    listed,
    spaceMark: spaces?.character,
  })
  const steps = preTokenizer.isByteLevel ? [...preTokenizer.steps, toByteAlphabet] : preTokenizer.steps
  return {
    stretches: piecewiseEncoder(steps, pieces),
    ...(spaces !== undefined && pieces.takesSpaces === true && { unchanged: markedSpaces(pieces, spaces) }),
    // Unigram's trainer lists `<unk>` twice at times, and the reference counts both.
    ids: { get: (token) => idOfToken.get(token), size: tokens.length },
    decoderWith: (added) => textDecoder(tokens, added, json['decoder']),
    keepsText: false,
    hasPlaces: false,
    canCut: pieces.canCut,
  }
}

async function byteLevelTextModel(
  read: ReadByteLevelModel,
  decoder: unknown,
  { direct, steps }: ReadPreTokenizer,
  options: EncoderOptions,
): Promise<TextModel> {
  const { model, ids } = read
  let stretches: StretchEncoder
  if (direct === undefined) {
    stretches = await stepsEncoder(steps, model, options)
  } else {
    const { pattern, addPrefixSpace } = direct
    stretches =
      kernelFinds(pattern) || options.implementation === 'wasm'
        ? ordinaryStretchEncoder((await createEncoder(model, pattern, options)).ordinary)
        : await stepsEncoder(
            [splitStep(scannerMatches(createScanner(pattern)), 'Isolated', false)],
            model,
            options,
          )
    if (addPrefixSpace) stretches = withPrefixSpace(stretches)
  }
  const isByteLevel = isByteLevelDecoder(decoder)
  const hasPlaces =
    isByteLevel && model.missingBytes === undefined && steps.every(({ keepsText }) => keepsText)
  return {
    stretches,
    ids,
    decoderWith: (added) =>
      isByteLevel
        ? Promise.resolve(byteDecoder(read, added))
        : textDecoder(
            ids.list(() => true),
            added,
            decoder,
          ),
    keepsText: hasPlaces && direct?.addPrefixSpace !== true,
    hasPlaces,
    canCut: cutBeforeSpace(model),
  }
}

async function stepsEncoder(
  steps: readonly PreTokenizerStep[],
  model: ByteLevelModel,
  options: EncoderOptions,
): Promise<StretchEncoder> {
  // In the kernel pieces lie one after the other.
  const encodePieces = steps.every(({ keepsText }) => keepsText)
    ? await createPiecesEncoder(model, options)
    : undefined
  return encodePieces === undefined
    ? piecewiseEncoder(steps, createByteLevelPieces(model, cacheBytesOf(options)))
    : stepwiseEncoder(steps, encodePieces)
}

function byteDecoder(
  { model, otherTokens }: ReadByteLevelModel,
  added: readonly AddedToken[],
): { decoder: IdDecoder; vocabSize: number } {
  const { vocabulary, idOfRank } = model
  const others = [
    ...otherTokens,
    ...added.map(({ text, pattern, id }) => [pattern ?? text, id] as const),
  ].map(([text, id]) => [bytesOfText(text), id] as const)
  let vocabSize = 0
  for (const id of idOfRank ?? []) if (id !== noId) vocabSize = Math.max(vocabSize, id + 1)
  for (const [, id] of others) vocabSize = Math.max(vocabSize, id + 1)
  return { decoder: new TokenDecoder(vocabulary, idOfRank, others, vocabSize), vocabSize }
}

async function textDecoder(
  tokens: readonly (readonly [token: string, id: number])[],
  added: readonly AddedToken[],
  decoder: unknown,
): Promise<{ decoder: IdDecoder; vocabSize: number }> {
  const texts: (string | undefined)[] = []
  for (const [token, id] of tokens) texts[id] = token
  for (const { text, pattern, id } of added) texts[id] = pattern ?? text
  return { decoder: new TextTokenDecoder(texts, await readDecoder(decoder)), vocabSize: texts.length }
}
