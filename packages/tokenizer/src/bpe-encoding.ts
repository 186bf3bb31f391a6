import type { OrdinaryEncoder } from './bpe/ordinary-encoder.ts'
import type { EncodeIntoOptions, EncodeOptions, Encoding, OffsetEncoding } from './encoding.ts'
import { TokenizerError } from './errors.ts'
import { encodeInvalidUtf8 } from './invalid-utf8.ts'
import { byteOffsets, utf16Offsets } from './offsets.ts'
import type { Scanner } from './pretokenize/scanner.ts'
import { defaultReach, findCut } from './safe-cut.ts'
import { refuseDisallowed, SpecialRulesResolver } from './special/special-rules.ts'
import type { SpecialTokenFinder } from './special/special-token-finder.ts'
import type { TokenDecoder } from './token-decoder.ts'

/** What a {@link BpeEncoding} is made of. */
export interface BpeEncodingParts {
  readonly name: string
  readonly vocabSize: number
  readonly endOfTextId: number
  readonly sha256: string
  readonly specialTokens: ReadonlyMap<string, number>
  readonly scan: Scanner
  readonly ordinary: OrdinaryEncoder
  readonly decoder: TokenDecoder
}

const utf8 = new TextEncoder()
const replacingDecoder = new TextDecoder('utf-8', { ignoreBOM: true })
const noSpecial: readonly string[] = []
/** Scratch memory above this many ids is not kept for the next call. */
const keptScratch = 1 << 20

/** tiktoken's `Encoding`: special tokens cut out first, the text between them encoded piece by piece. */
export class BpeEncoding implements Encoding {
  readonly name: string
  readonly vocabSize: number
  readonly endOfTextId: number
  readonly sha256: string
  readonly specialTokens: ReadonlyMap<string, number>
  readonly #scan: Scanner
  readonly #ordinary: OrdinaryEncoder
  readonly #decoder: TokenDecoder
  readonly #rules: SpecialRulesResolver
  #scratch = new Uint32Array(4096)

  constructor(parts: BpeEncodingParts) {
    this.name = parts.name
    this.vocabSize = parts.vocabSize
    this.endOfTextId = parts.endOfTextId
    this.sha256 = parts.sha256
    this.specialTokens = parts.specialTokens
    this.#scan = parts.scan
    this.#ordinary = parts.ordinary
    this.#decoder = parts.decoder
    this.#rules = new SpecialRulesResolver(parts.specialTokens)
  }

  encode(text: string | Uint8Array, options: EncodeOptions = {}): Uint32Array {
    const bytes = bytesOf(text)
    const rules = this.#rules.resolve(options)
    refuseDisallowed(rules, bytes)
    return this.#encodeAll(bytes, rules.allowed)
  }

  encodeOrdinary(text: string | Uint8Array): Uint32Array {
    return this.#encodeAll(bytesOf(text), undefined)
  }

  encodeBatch(texts: Iterable<string | Uint8Array>, options: EncodeOptions = {}): Uint32Array[] {
    return Array.from(texts, (text) => this.encode(text, options))
  }

  count(text: string | Uint8Array, options: EncodeOptions = {}): number {
    const bytes = bytesOf(text)
    const rules = this.#rules.resolve(options)
    refuseDisallowed(rules, bytes)
    return this.#run(bytes, rules.allowed, this.#scratchFor(bytes.length))
  }

  encodeWithOffsets(text: string | Uint8Array, options: EncodeOptions = {}): OffsetEncoding {
    const bytes = bytesOf(text)
    const ids = this.encode(bytes, options)
    const encoding = { ids, offsets: byteOffsets(ids, this.#decoder) }
    return typeof text === 'string' ? utf16Offsets(encoding, bytes) : encoding
  }

  encodeInto(bytes: Uint8Array, target: Uint32Array, options?: EncodeIntoOptions): number {
    const allowed =
      options === undefined ? undefined : this.#rules.finderOfAllowed(options.allowedSpecial ?? noSpecial)
    if (target.length >= bytes.length) {
      const count = this.#runValid(bytes, allowed, target)
      if (count >= 0) return count
      return this.encodeInto(utf8.encode(replacingDecoder.decode(bytes)), target, options)
    }
    const scratch = this.#scratchFor(bytes.length)
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
    const allowed = this.#rules.finderOfAllowed(options.allowedSpecial ?? noSpecial)
    return findCut(bytes, near, reach, (offset) => allowed === undefined || !allowed.straddles(bytes, offset))
  }

  decode(ids: Iterable<number>): string {
    return this.#decoder.decode(ids)
  }

  decodeBytes(ids: Iterable<number>): Uint8Array {
    return this.#decoder.decodeBytes(ids)
  }

  #encodeAll(bytes: Uint8Array, allowed: SpecialTokenFinder | undefined): Uint32Array {
    const scratch = this.#scratchFor(bytes.length)
    return scratch.slice(0, this.#run(bytes, allowed, scratch))
  }

  #run(bytes: Uint8Array, allowed: SpecialTokenFinder | undefined, target: Uint32Array): number {
    const count = this.#runValid(bytes, allowed, target)
    if (count >= 0) return count
    return this.#betweenSpecials(bytes, allowed, target, (start, end, at) =>
      encodeInvalidUtf8(this.#ordinary, this.#scan, this.#decoder, bytes, start, end, target, at),
    )
  }

  /** -1 when the bytes are not UTF-8. */
  #runValid(bytes: Uint8Array, allowed: SpecialTokenFinder | undefined, target: Uint32Array): number {
    if (allowed === undefined) return this.#ordinary.encode(bytes, 0, bytes.length, target, 0)
    return this.#betweenSpecials(bytes, allowed, target, (start, end, at) =>
      this.#ordinary.encode(bytes, start, end, target, at),
    )
  }

  #betweenSpecials(
    bytes: Uint8Array,
    allowed: SpecialTokenFinder | undefined,
    target: Uint32Array,
    encodeText: (start: number, end: number, at: number) => number,
  ): number {
    let at = 0
    for (let start = 0; start < bytes.length;) {
      const special = allowed?.find(bytes, start, bytes.length)
      at = encodeText(start, special?.start ?? bytes.length, at)
      if (at < 0 || special === undefined) return at
      target[at++] = special.id
      start = special.end
    }
    return at
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
