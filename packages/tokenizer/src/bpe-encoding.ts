import type { OrdinaryEncoder } from './bpe/ordinary-encoder.ts'
import type { EncodeIntoOptions, EncodeOptions, Encoding, OffsetEncoding } from './encoding.ts'
import { TokenizerError } from './errors.ts'
import { encodeInvalidUtf8 } from './invalid-utf8.ts'
import { byteOffsets, utf16Offsets } from './offsets.ts'
import type { Scanner } from './pretokenize/scanner.ts'
import { defaultReach, findCut } from './safe-cut.ts'
import {
  encodeBetween,
  type PhasedToken,
  refuseDisallowed,
  type SpecialDefaults,
  type SpecialFinders,
  SpecialRulesResolver,
} from './special/special-rules.ts'
import type { TokenDecoder } from './token-decoder.ts'

/** What a {@link BpeEncoding} is made of. */
export interface BpeEncodingParts {
  readonly name: string
  readonly vocabSize: number
  readonly endOfTextId: number | undefined
  readonly sha256: string
  readonly specialTokens: readonly PhasedToken[]
  readonly specialDefaults: SpecialDefaults
  /** Ids that `encode` puts before and after every text, unless `addSpecialTokens` is false. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly ordinary: OrdinaryEncoder
  readonly decoder: TokenDecoder
  /** How bytes that are not UTF-8 are encoded: as tiktoken does, with this scanner, or as U+FFFD when undefined. */
  readonly scanForInvalid: Scanner | undefined
  /** Ids that `length` bytes of valid UTF-8 can give at most; the identity but for normalizers. */
  readonly room: (length: number) => number
  /** Whether a text may be cut at `offset`, were the pieces cut there. */
  readonly canCut: (bytes: Uint8Array, offset: number) => boolean
}

const utf8 = new TextEncoder()
const replacingDecoder = new TextDecoder('utf-8', { ignoreBOM: true })
/** Scratch memory above this many ids is not kept for the next call. */
const keptScratch = 1 << 20

/** Special tokens cut out first, the text between them encoded piece by piece. */
export class BpeEncoding implements Encoding {
  readonly name: string
  readonly vocabSize: number
  readonly sha256: string
  readonly specialTokens: ReadonlyMap<string, number>
  readonly #parts: BpeEncodingParts
  readonly #ordinary: OrdinaryEncoder
  readonly #rules: SpecialRulesResolver
  #scratch = new Uint32Array(4096)

  constructor(parts: BpeEncodingParts) {
    this.name = parts.name
    this.vocabSize = parts.vocabSize
    this.sha256 = parts.sha256
    this.specialTokens = new Map(parts.specialTokens.map(({ text, id }) => [text, id]))
    this.#parts = parts
    this.#ordinary = parts.ordinary
    this.#rules = new SpecialRulesResolver(parts.specialTokens, parts.specialDefaults)
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
    const { before, after } = this.#parts
    if (options.addSpecialTokens === false || before.length + after.length === 0) {
      return ids.slice()
    }
    return concatenate(before, ids, after)
  }

  encodeOrdinary(text: string | Uint8Array): Uint32Array {
    return this.#run(bytesOf(text), []).slice()
  }

  encodeBatch(texts: Iterable<string | Uint8Array>, options: EncodeOptions = {}): Uint32Array[] {
    return Array.from(texts, (text) => this.encode(text, options))
  }

  count(text: string | Uint8Array, options: EncodeOptions = {}): number {
    const bytes = bytesOf(text)
    const rules = this.#rules.resolve(options)
    refuseDisallowed(rules, bytes)
    const { before, after } = this.#parts
    const added = options.addSpecialTokens === false ? 0 : before.length + after.length
    return added + this.#run(bytes, rules.allowed).length
  }

  encodeWithOffsets(text: string | Uint8Array, options: EncodeOptions = {}): OffsetEncoding {
    const bytes = bytesOf(text)
    const ids = this.encode(bytes, { ...options, addSpecialTokens: false })
    const encoding = { ids, offsets: byteOffsets(ids, this.#parts.decoder) }
    if (encoding.offsets.at(-1) !== bytes.length) {
      throw new TokenizerError(
        'unsupported-component',
        `Expected tokens that cover the text, got ${encoding.offsets.at(-1)} bytes of tokens for ${bytes.length} bytes of text: ` +
          `${this.name} changes the text before it is cut, so its tokens have no offsets`,
      )
    }
    return typeof text === 'string' ? utf16Offsets(encoding, bytes) : encoding
  }

  encodeInto(bytes: Uint8Array, target: Uint32Array, options?: EncodeIntoOptions): number {
    const allowed = options === undefined ? [] : this.#rules.findersOfAllowed(options.allowedSpecial)
    if (target.length >= this.#parts.room(bytes.length)) {
      const count = this.#runValid(bytes, allowed, target)
      return count >= 0 ? count : this.encodeInto(replaceInvalid(bytes), target, options)
    }
    const scratch = this.#scratchFor(this.#parts.room(bytes.length))
    const count = this.encodeInto(bytes, scratch, options)
    if (count > target.length) {
      throw new TokenizerError(
        'target-too-small',
        `Expected \`target\` to hold ${count} ids, got ${target.length}: make it as long as the bytes`,
      )
    }
    target.set(scratch.subarray(0, count))
    return count
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
        this.#parts.canCut(bytes, offset) && !allowed.some((finder) => finder.straddles(bytes, offset)),
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

  /** The ids of a text, in scratch memory. */
  #run(bytes: Uint8Array, allowed: SpecialFinders): Uint32Array {
    const scratch = this.#scratchFor(this.#parts.room(bytes.length))
    const count = this.#runValid(bytes, allowed, scratch)
    if (count >= 0) return scratch.subarray(0, count)
    const { scanForInvalid, decoder } = this.#parts
    if (scanForInvalid === undefined) return this.#run(replaceInvalid(bytes), allowed)
    const end = encodeBetween(allowed, bytes, scratch, (from, to, at) =>
      encodeInvalidUtf8(this.#ordinary, scanForInvalid, decoder, bytes, from, to, scratch, at),
    )
    return scratch.subarray(0, end)
  }

  /** -1 when the bytes are not UTF-8. */
  #runValid(bytes: Uint8Array, allowed: SpecialFinders, target: Uint32Array): number {
    if (allowed.length === 0) return this.#ordinary.encode(bytes, 0, bytes.length, target, 0)
    return encodeBetween(allowed, bytes, target, (start, end, at) =>
      this.#ordinary.encode(bytes, start, end, target, at),
    )
  }

  #scratchFor(length: number): Uint32Array {
    if (length <= this.#scratch.length) return this.#scratch
    const scratch = new Uint32Array(length)
    if (length <= keptScratch) this.#scratch = scratch
    return scratch
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
