import type { BlockEncoderOptions, EncodeStreamOptions, Encoding } from './encoding.ts'
import { option, sentence } from '@sluice/errors'
import { TokenizerError } from './errors.ts'

/** Bytes gathered before they are encoded. */
const blockLength = 1 << 18

/**
 * Encode a text that comes in chunks of UTF-8 bytes: ids come out in blocks, their sequence independent of how the bytes
 * were cut, as from `encode` on the whole. Memory is bounded by the longest stretch without a safe cut.
 */
export async function* encodeStream(
  encoding: Encoding,
  source: AsyncIterable<Uint8Array>,
  options: EncodeStreamOptions = {},
): AsyncGenerator<Uint32Array, void, undefined> {
  const encoder = new BlockEncoder(encoding, options)
  const { before, after } = around(encoding, options)
  if (before.length > 0) yield before
  for await (const chunk of source) for (const ids of encoder.push(chunk)) yield ids.slice()
  for (const ids of encoder.flush()) yield ids.slice()
  if (after.length > 0) yield after
}

function around(
  { template }: Encoding,
  { addSpecialTokens = true }: EncodeStreamOptions,
): { before: Uint32Array; after: Uint32Array } {
  return {
    before: Uint32Array.from(addSpecialTokens ? template.before : []),
    after: Uint32Array.from(addSpecialTokens ? template.after : []),
  }
}

/** Makes a transform for `pipeThrough`: bytes in, ids out. */
export function createEncodeTransform(
  encoding: Encoding,
  options: EncodeStreamOptions = {},
): TransformStream<Uint8Array, Uint32Array> {
  const encoder = new BlockEncoder(encoding, options)
  const { before, after } = around(encoding, options)
  return new TransformStream({
    start(controller) {
      if (before.length > 0) controller.enqueue(before)
    },
    transform(chunk, controller) {
      for (const ids of encoder.push(chunk)) controller.enqueue(ids.slice())
    },
    flush(controller) {
      for (const ids of encoder.flush()) controller.enqueue(ids.slice())
      if (after.length > 0) controller.enqueue(after)
    },
  })
}

const utf8 = new TextEncoder()
/** By encoding: every short text may have a {@link BlockEncoder} of its own, and some encodings have 1,000 special tokens. */
const margins = new WeakMap<Encoding, number>()

function marginOf(encoding: Encoding): number {
  const known = margins.get(encoding)
  if (known !== undefined) return known
  let margin = 4
  for (const token of encoding.specialTokens.keys()) margin = Math.max(margin, utf8.encode(token).length)
  margins.set(encoding, margin)
  return margin
}

/**
 * The synchronous streaming encoder: push the bytes of one text in pieces of any size, flush at its end, start again. The
 * ids it gives are views of its own memory, good until it is asked for the next ones.
 */
export class BlockEncoder {
  readonly #encoding: Encoding
  readonly #options: BlockEncoderOptions
  /** A cut needs this many bytes after it: no special token is longer, nor is a character. */
  readonly #margin: number
  readonly #maxPieceBytes: number
  /** Grows with the text: most texts are short, and each may have an encoder of its own. */
  #pending = new Uint8Array(0)
  #length = 0
  /** No cut lies before here. */
  #searched = 0
  #target = new Uint32Array(0)

  constructor(encoding: Encoding, options: BlockEncoderOptions) {
    this.#encoding = encoding
    this.#options = options
    this.#maxPieceBytes = options.maxPieceBytes ?? Infinity
    this.#margin = marginOf(encoding)
  }

  /**
   * Take bytes; gives the ids of what is certain by now.
   *
   * @throws TokenizerError `unbroken-text` for a stretch without a cut that is longer than `maxPieceBytes`
   */
  *push(chunk: Uint8Array): Generator<Uint32Array, void, undefined> {
    for (let from = 0; from < chunk.length; from += blockLength) {
      this.#append(chunk.subarray(from, from + blockLength))
      if (this.#length - this.#searched < blockLength) continue
      const cut = this.#findCut()
      if (cut > 0) yield this.#take(cut)
      if (this.#length > this.#maxPieceBytes) throw this.#unbroken()
    }
  }

  /** Gives the ids of the rest. */
  *flush(): Generator<Uint32Array, void, undefined> {
    if (this.#length > 0) yield this.#take(this.#length)
  }

  /**
   * The ids of a short text that is here whole: what `push` and `flush` give, and quicker.
   *
   * @returns undefined where the text is too long for that, or another one is under way: push it
   */
  encodeShort(text: Uint8Array): Uint32Array | undefined {
    return this.#length > 0 || text.length >= blockLength ? undefined : this.#encode(text)
  }

  /** Forgets a text that was begun. The memory is kept for the next one. */
  reset(): void {
    this.#length = 0
    this.#searched = 0
  }

  #unbroken(): TokenizerError {
    return new TokenizerError(
      'unbroken-text',
      sentence`the text has more than ${this.#maxPieceBytes} bytes without a place to cut it, such as a space or a line; raise ${option('maxPieceBytes')} to hold more at a time`,
    )
  }

  #append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#pending.length) {
      const grown = new Uint8Array(2 * (this.#length + bytes.length))
      grown.set(this.#pending.subarray(0, this.#length))
      this.#pending = grown
    }
    this.#pending.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** A cut as late as is cheap to find, or -1. */
  #findCut(): number {
    const bytes = this.#pending.subarray(0, this.#length)
    const end = this.#length - this.#margin
    const late = Math.max(this.#searched, end - 4096)
    let cut = this.#encoding.findSafeCut(bytes, late, this.#options, end - late)
    if (cut < 0 && late > this.#searched) {
      cut = this.#encoding.findSafeCut(bytes, this.#searched, this.#options, late - this.#searched)
    }
    this.#searched = end
    return cut
  }

  #encode(bytes: Uint8Array): Uint32Array {
    // Bytes that are not UTF-8 are replaced, which can make three ids of one byte.
    for (let room = 3 * bytes.length; ; room = 2 * this.#target.length) {
      if (this.#target.length < room) this.#target = new Uint32Array(2 ** Math.ceil(Math.log2(room)))
      try {
        return this.#target.subarray(0, this.#encoding.encodeInto(bytes, this.#target, this.#options))
      } catch (error) {
        // A normalizer may make more of a text: NFKC makes 18 letters of the one character U+FDFA.
        if (!(error instanceof TokenizerError) || error.code !== 'target-too-small') throw error
      }
    }
  }

  #take(length: number): Uint32Array {
    const ids = this.#encode(this.#pending.subarray(0, length))
    this.#pending.copyWithin(0, length, this.#length)
    this.#length -= length
    this.#searched = Math.max(0, this.#searched - length)
    return ids
  }
}
