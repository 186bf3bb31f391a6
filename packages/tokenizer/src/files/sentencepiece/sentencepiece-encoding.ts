import type { EncodeIntoOptions, EncodeOptions, Encoding, OffsetEncoding } from '../../encoding.ts'
import { TokenizerError } from '../../errors.ts'
import { lengthOfCharacter } from '../../model/character-at.ts'
import type { TokenModel } from '../../model/token-model.ts'
import { refuseDisallowed, type SpecialFinders, SpecialRulesResolver } from '../../special/special-rules.ts'
import { createDecode } from './decode.ts'
import { type ModelProto, PieceType } from './model-proto.ts'
import { createFindUserDefined, createNormalizer, type FindUserDefined } from './normalizer.ts'
import { createPieceModel } from './piece-model.ts'

/** What an encoding of a SentencePiece file is made of. */
export interface SentencePieceParts {
  readonly name: string
  readonly sha256: string
  readonly proto: ModelProto
  readonly endOfText: string | undefined
}

const utf8 = new TextEncoder()
const replacing = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * The tokenizer of a SentencePiece file. A text is normalized and encoded as a whole, so it has no safe cuts. Control pieces (`<s>`, `</s>`)
 * are never found in a text, as in the `sentencepiece` library, but where the options allow them: they cut it into texts that are encoded
 * each for itself.
 */
export class SentencePieceEncoding implements Encoding {
  readonly name: string
  readonly vocabSize: number
  readonly sha256: string
  readonly specialTokens: ReadonlyMap<string, number>
  readonly template = { before: [], after: [] }
  /** The text is normalized, and the space before it goes away in decoding. */
  readonly keepsText = false
  readonly generalPatterns = []
  readonly decode: (ids: Iterable<number>) => string
  readonly #proto: ModelProto
  readonly #endOfText: string | undefined
  readonly #model: TokenModel
  readonly #findUserDefined: FindUserDefined
  readonly #normalize: (bytes: Uint8Array) => Uint8Array
  readonly #userDefined: ReadonlyMap<string, number>
  readonly #rules: SpecialRulesResolver

  constructor({ name, sha256, proto, endOfText }: SentencePieceParts) {
    this.name = name
    this.sha256 = sha256
    this.vocabSize = proto.pieces.length
    this.specialTokens = idsOfType(proto, PieceType.control)
    this.#userDefined = idsOfType(proto, PieceType.userDefined)
    this.#rules = new SpecialRulesResolver(
      Array.from(this.specialTokens, ([text, id]) => ({ text, id })),
      { allowedSpecial: [], disallowedSpecial: [] },
    )
    this.#proto = proto
    this.#endOfText = endOfText
    this.#model = createPieceModel(proto)
    this.#findUserDefined = createFindUserDefined(proto)
    this.#normalize = createNormalizer(proto, this.#findUserDefined)
    this.decode = createDecode(proto)
  }

  get endOfTextId(): number {
    const wanted = this.#endOfText ?? '</s>'
    const id =
      this.specialTokens.get(wanted) ?? this.specialTokens.get('<eos>') ?? this.#userDefined.get(wanted)
    if (id !== undefined) return id
    throw new TokenizerError(
      'unknown-token',
      `Expected ${this.name} to have the piece ${wanted}, which ends a text: name another when loading`,
    )
  }

  encode(text: string | Uint8Array, options: EncodeOptions = {}): Uint32Array {
    const bytes = typeof text === 'string' ? utf8.encode(text) : wellFormed(text)
    const rules = this.#rules.resolve(options)
    refuseDisallowed(rules, bytes)
    return this.#encode(bytes, rules.allowed)
  }

  encodeOrdinary(text: string | Uint8Array): Uint32Array {
    return this.encode(text, { allowedSpecial: [], disallowedSpecial: [] })
  }

  encodeBatch(texts: Iterable<string | Uint8Array>, options?: EncodeOptions): Uint32Array[] {
    return Array.from(texts, (text) => this.encode(text, options))
  }

  count(text: string | Uint8Array, options?: EncodeOptions): number {
    return this.encode(text, options).length
  }

  encodeWithOffsets(_text: string | Uint8Array, _options?: EncodeOptions): OffsetEncoding {
    throw new TokenizerError(
      'unsupported-component',
      `Expected a tokenizer that leaves the text as it is, got ${this.name}: a SentencePiece model changes the text first, so its tokens have no offsets`,
    )
  }

  encodeInto(bytes: Uint8Array, target: Uint32Array, options: EncodeIntoOptions = {}): number {
    const ids = this.#encode(wellFormed(bytes), this.#rules.findersOfAllowed(options.allowedSpecial))
    if (ids.length > target.length) {
      throw new TokenizerError(
        'target-too-small',
        `Expected \`target\` to hold ${ids.length} ids, got ${target.length}: make it three times as long as the bytes`,
      )
    }
    target.set(ids)
    return ids.length
  }

  findSafeCut(): number {
    return -1
  }

  decodeBytes(ids: Iterable<number>): Uint8Array {
    return utf8.encode(this.decode(ids))
  }

  tokenByteLengths(): Uint16Array {
    return Uint16Array.from(this.#proto.pieces, ({ text, type }) => {
      if (type === PieceType.control) return 0
      if (type === PieceType.byte) return 1
      const shown = type === PieceType.unknown ? this.#proto.unkSurface : text.replaceAll('▁', ' ')
      return utf8.encode(shown).length
    })
  }

  /** The ids of the texts between allowed control pieces, and those pieces' own. */
  #encode(bytes: Uint8Array, { raw: finder }: SpecialFinders): Uint32Array {
    const parts: Uint32Array[] = []
    let from = 0
    for (let match = finder?.find(bytes, 0, bytes.length); match !== undefined;) {
      if (from < match.start) parts.push(this.#encodeText(bytes.subarray(from, match.start)))
      parts.push(Uint32Array.of(match.token.id))
      from = match.end
      match = finder?.find(bytes, from, bytes.length)
    }
    if (parts.length === 0) return this.#encodeText(bytes)
    if (from < bytes.length) parts.push(this.#encodeText(bytes.subarray(from)))
    const ids = new Uint32Array(parts.reduce((length, part) => length + part.length, 0))
    let at = 0
    for (const part of parts) {
      ids.set(part, at)
      at += part.length
    }
    return ids
  }

  #encodeText(text: Uint8Array): Uint32Array {
    const bytes = this.#normalize(text)
    const ids = new Uint32Array(bytes.length)
    return ids.slice(0, this.#encodeNormal(bytes, ids))
  }

  /** In BPE a user-defined piece is never merged: the text falls apart there. In Unigram it is a token like others, of a high score. */
  #encodeNormal(bytes: Uint8Array, target: Uint32Array): number {
    const isBpe = this.#proto.modelType === 2
    let out = 0
    let from = 0
    const encodeTo = (end: number): void => {
      if (from < end) out = this.#model.encodePiece(bytes, from, end, target, out)
    }
    if (isBpe && this.#userDefined.size > 0) {
      for (let at = 0; at < bytes.length;) {
        const length = this.#findUserDefined(bytes, at)
        if (length > 0) {
          encodeTo(at)
          target[out++] = this.#userDefined.get(replacing.decode(bytes.subarray(at, at + length)))!
          from = at + length
        }
        at += length > 0 ? length : lengthOfCharacter(bytes[at]!)
      }
    }
    encodeTo(bytes.length)
    return out
  }
}

function idsOfType({ pieces }: ModelProto, type: number): Map<string, number> {
  return new Map(pieces.flatMap((piece, id) => (piece.type === type ? [[piece.text, id] as const] : [])))
}

/** The bytes, with U+FFFD for what is not UTF-8. */
function wellFormed(bytes: Uint8Array): Uint8Array {
  return utf8.encode(replacing.decode(bytes))
}
