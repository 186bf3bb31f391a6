import type { EncodeIntoOptions, EncodeOptions, Encoding, OffsetEncoding } from '../encoding.ts'
import { TokenizerError } from '../errors.ts'
import { encodeInvalidUtf8, type InvalidUtf8Parts } from '../invalid-utf8.ts'
import type { Normalizer } from '../normalize/normalizer.ts'
import { defaultReach, findCut } from '../safe-cut.ts'
import {
  type PhasedToken,
  refuseDisallowed,
  type SpecialDefaults,
  type SpecialFinders,
  SpecialRulesResolver,
} from '../special/special-rules.ts'
import { type IdDecoder, TokenDecoder } from '../token-decoder.ts'
import type { PostProcessor } from './post-processor.ts'
import { IdBuffer } from './id-buffer.ts'
import { inUtf16, type LocateParts, locateTokens } from './locate-tokens.ts'
import type { StretchEncoder } from './stretch-encoder.ts'
import { TextWalk } from './text-walk.ts'

/** What an {@link AssembledEncoding} is made of. */
export interface EncodingParts {
  readonly name: string
  readonly vocabSize: number
  readonly endOfTextId: number | undefined
  readonly sha256: string
  readonly specialTokens: readonly PhasedToken[]
  readonly specialDefaults: SpecialDefaults
  /** Ids that `encode` puts before and after every text, unless `addSpecialTokens` is false. */
  readonly template: Encoding['template']
  readonly normalizer: Normalizer | undefined
  readonly stretches: StretchEncoder
  /** Encodes stretches before they are normalized, where that gives the same. */
  readonly unchanged?: StretchEncoder | undefined
  readonly decoder: IdDecoder
  readonly trimOffsets: PostProcessor['trimOffsets']
  /** Whether tokens have places in the text. */
  readonly hasPlaces: boolean
  readonly keepsText: boolean
  /** @default none */
  readonly generalPatterns?: readonly string[]
  /** How bytes that are not UTF-8 are encoded: as tiktoken does, with these, or as U+FFFD when undefined. */
  readonly invalid: InvalidUtf8Parts | undefined
  /** Whether a text may be cut at `offset`; true only where {@link findCut} looks. */
  readonly canCut: (bytes: Uint8Array, offset: number, allowed: SpecialFinders) => boolean
}

const utf8 = new TextEncoder()
const replacingDecoder = new TextDecoder('utf-8', { ignoreBOM: true })
const nothing: SpecialFinders = {}

/** Added tokens cut out first, the text between them normalized, cut into pieces and encoded piece by piece. */
export class AssembledEncoding implements Encoding {
  readonly name: string
  readonly vocabSize: number
  readonly sha256: string
  readonly specialTokens: ReadonlyMap<string, number>
  readonly addedTokens: readonly string[]
  readonly keepsText: boolean
  readonly template: Encoding['template']
  readonly generalPatterns: readonly string[]
  readonly #parts: EncodingParts
  readonly #rules: SpecialRulesResolver
  readonly #walk: TextWalk
  /** The way of a text that need not be normalized. */
  readonly #shortWalk = new TextWalk(undefined)
  readonly #ids = new IdBuffer()

  constructor(parts: EncodingParts) {
    this.name = parts.name
    this.vocabSize = parts.vocabSize
    this.sha256 = parts.sha256
    this.specialTokens = new Map(parts.specialTokens.map(({ text, id }) => [text, id]))
    this.addedTokens = parts.specialTokens.filter(({ isOrdinary }) => isOrdinary).map(({ text }) => text)
    this.keepsText = parts.keepsText
    this.template = parts.template
    this.generalPatterns = parts.generalPatterns ?? []
    this.#parts = parts
    this.#rules = new SpecialRulesResolver(parts.specialTokens, parts.specialDefaults)
    this.#walk = new TextWalk(parts.normalizer)
  }

  get endOfTextId(): number {
    if (this.#parts.endOfTextId !== undefined) return this.#parts.endOfTextId
    throw new TokenizerError(
      'unknown-token',
      `Expected ${this.name} to have an end-of-text token: name it when loading`,
    )
  }

  encode(text: string | Uint8Array, options: EncodeOptions = {}): Uint32Array {
    const bytes = bytesOf(text)
    const rules = this.#rules.resolve(options)
    refuseDisallowed(rules, bytes)
    const ids = this.#run(bytes, rules.allowed)
    const { before, after } = this.template
    if (options.addSpecialTokens === false || before.length + after.length === 0) {
      return ids.slice()
    }
    return concatenate(before, ids, after)
  }

  encodeOrdinary(text: string | Uint8Array): Uint32Array {
    return this.#run(bytesOf(text), nothing).slice()
  }

  encodeBatch(texts: Iterable<string | Uint8Array>, options: EncodeOptions = {}): Uint32Array[] {
    return Array.from(texts, (text) => this.encode(text, options))
  }

  count(text: string | Uint8Array, options: EncodeOptions = {}): number {
    const bytes = bytesOf(text)
    const rules = this.#rules.resolve(options)
    refuseDisallowed(rules, bytes)
    const { before, after } = this.template
    const added = options.addSpecialTokens === false ? 0 : before.length + after.length
    return added + this.#run(bytes, rules.allowed).length
  }

  encodeWithOffsets(text: string | Uint8Array, options: EncodeOptions = {}): OffsetEncoding {
    const bytes = bytesOf(text)
    const rules = this.#rules.resolve(options)
    refuseDisallowed(rules, bytes)
    const { stretches, invalid, decoder, trimOffsets, hasPlaces } = this.#parts
    const parts: LocateParts = {
      name: this.name,
      walk: this.#walk,
      stretches,
      decoder: hasPlaces && decoder instanceof TokenDecoder ? decoder : undefined,
      trimOffsets,
    }
    const encoding =
      locateTokens(parts, bytes, rules.allowed) ??
      (invalid === undefined
        ? undefined
        : locateTokens({ ...parts, stretches: asTiktokenDoes(invalid) }, bytes, rules.allowed))
    if (encoding === undefined) {
      throw new TokenizerError(
        'invalid-utf8',
        'Expected valid UTF-8, which alone has offsets: replace what is not',
      )
    }
    return typeof text === 'string' ? inUtf16(encoding, bytes) : encoding
  }

  encodeInto(bytes: Uint8Array, target: Uint32Array, options?: EncodeIntoOptions): number {
    const allowed = this.#rules.findersOfAllowed(options?.allowedSpecial)
    this.#ids.begin(target)
    if (!this.#encode(bytes, allowed)) {
      this.#ids.begin(target)
      this.#encode(replaceInvalid(bytes), allowed)
    }
    const { ids, length } = this.#ids
    this.#ids.begin(undefined)
    if (length > target.length) {
      throw new TokenizerError(
        'target-too-small',
        `Expected \`target\` to hold ${length} ids, got ${target.length}: make it as long as the bytes`,
      )
    }
    if (ids !== target) target.set(ids.subarray(0, length))
    return length
  }

  findSafeCut(
    bytes: Uint8Array,
    near: number,
    options: EncodeIntoOptions = {},
    reach: number = defaultReach,
  ): number {
    const allowed = this.#rules.findersOfAllowed(options.allowedSpecial)
    return findCut(
      bytes,
      near,
      reach,
      (offset) =>
        this.#parts.canCut(bytes, offset, allowed) && allowed.raw?.straddles(bytes, offset) !== true,
    )
  }

  decode(ids: Iterable<number>): string {
    return this.#parts.decoder.decode(ids)
  }

  decodeBytes(ids: Iterable<number>): Uint8Array {
    return this.#parts.decoder.decodeBytes(ids)
  }

  tokenByteLengths(): Uint16Array {
    return this.#parts.decoder.byteLengths()
  }

  /** Writes the ids of a text to scratch memory; false when it is not valid UTF-8. */
  #encode(bytes: Uint8Array, allowed: SpecialFinders): boolean {
    const { stretches, unchanged } = this.#parts
    // Tokens that are looked for in the normalized text need it.
    return unchanged !== undefined && allowed.normalized === undefined
      ? this.#shortWalk.run(bytes, allowed, unchanged, this.#ids)
      : this.#walk.run(bytes, allowed, stretches, this.#ids)
  }

  /** The ids of a text, in scratch memory. */
  #run(bytes: Uint8Array, allowed: SpecialFinders): Uint32Array {
    const { invalid } = this.#parts
    this.#ids.begin(undefined)
    if (this.#encode(bytes, allowed)) return this.#ids.view
    this.#ids.begin(undefined)
    if (invalid === undefined) this.#encode(replaceInvalid(bytes), allowed)
    else this.#walk.run(bytes, allowed, asTiktokenDoes(invalid), this.#ids)
    return this.#ids.view
  }
}

function asTiktokenDoes(parts: InvalidUtf8Parts): StretchEncoder {
  return {
    encode({ bytes, start, end }, out) {
      out.reserve(end - start)
      out.length = encodeInvalidUtf8(parts, bytes.subarray(start, end), out.ids, out.length)
      return true
    },
  }
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? utf8.encode(text) : text
}

function replaceInvalid(bytes: Uint8Array): Uint8Array {
  return utf8.encode(replacingDecoder.decode(bytes))
}

function concatenate(before: readonly number[], ids: Uint32Array, after: readonly number[]): Uint32Array {
  const all = new Uint32Array(before.length + ids.length + after.length)
  all.set(before)
  all.set(ids, before.length)
  all.set(after, before.length + ids.length)
  return all
}
