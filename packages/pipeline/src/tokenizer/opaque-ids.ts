import { sha256OfJson } from '@sluice/dataset'
import { TokenizerError, type Encoding, type OffsetEncoding } from '@sluice/tokenizer'

/** What a plan and a manifest call the tokenizer of ids that came without one, as its kind. */
export const noTokenizer = 'none' as const

/** The ids of a vocabulary of which nothing but its size is known: they are carried along, and have no text. */
export class OpaqueIds implements Encoding {
  readonly name = 'ids without a tokenizer'
  readonly vocabSize: number
  readonly sha256: string
  readonly specialTokens: ReadonlyMap<string, number> = new Map()
  readonly template = { before: [], after: [] }
  readonly keepsText = false
  readonly generalPatterns = []

  constructor(vocabSize: number) {
    this.vocabSize = vocabSize
    this.sha256 = sha256OfJson({ vocabSize })
  }

  get endOfTextId(): number {
    throw this.#withoutText()
  }

  encode(): Uint32Array {
    throw this.#withoutText()
  }

  encodeOrdinary(): Uint32Array {
    throw this.#withoutText()
  }

  encodeBatch(): Uint32Array[] {
    throw this.#withoutText()
  }

  count(): number {
    throw this.#withoutText()
  }

  encodeWithOffsets(): OffsetEncoding {
    throw this.#withoutText()
  }

  encodeInto(): number {
    throw this.#withoutText()
  }

  findSafeCut(): number {
    return -1
  }

  decode(): string {
    throw this.#withoutText()
  }

  decodeBytes(): Uint8Array {
    throw this.#withoutText()
  }

  tokenByteLengths(): Uint16Array {
    return new Uint16Array(this.vocabSize)
  }

  #withoutText(): TokenizerError {
    const message = 'Expected a tokenizer, got ids without one: name the tokenizer they are of'
    return new TokenizerError('unknown-token', message)
  }
}

/** Whether the ids of an encoding have texts. */
export function knowsTexts(encoding: Encoding): boolean {
  return !(encoding instanceof OpaqueIds)
}
