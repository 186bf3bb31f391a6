import type { DecodeStep } from './decode/decode-step.ts'
import { type IdDecoder, refuseId } from './token-decoder.ts'

const utf8 = new TextEncoder()

/** Turns ids back through the decoder of a tokenizer.json: what a token becomes may depend on those around it. */
export class TextTokenDecoder implements IdDecoder {
  readonly #tokens: readonly (string | undefined)[]
  readonly #decode: DecodeStep

  /** @param tokens the token of each id as the file writes it */
  constructor(tokens: readonly (string | undefined)[], decode: DecodeStep) {
    this.#tokens = tokens
    this.#decode = decode
  }

  decode(ids: Iterable<number>): string {
    const tokens: string[] = []
    for (const id of ids) tokens.push(this.#tokens[id] ?? refuseId(id, this.#tokens.length))
    return this.#decode(tokens).join('')
  }

  decodeBytes(ids: Iterable<number>): Uint8Array {
    return utf8.encode(this.decode(ids))
  }

  /** Bytes of the text of each token by itself, after another one where that makes a difference. */
  byteLengths(): Uint16Array {
    return Uint16Array.from(this.#tokens, (token) =>
      token === undefined ? 0 : utf8.encode(this.#decode(['a', token]).join('')).length - 1,
    )
  }
}
