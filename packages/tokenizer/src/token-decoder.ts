import { TokenizerError } from './errors.ts'
import { noId, tokenBytes, tokenLengths, type Vocabulary } from './vocabulary/vocabulary.ts'

// Not fatal: bytes that are not UTF-8 become U+FFFD. A byte order mark is text like any other.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The bytes of each id: those of id i are `bytes.subarray(starts[i], ends[i])`, none where the id is no token. */
interface IdBytes {
  readonly bytes: Uint8Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

/** Turns ids back to bytes and text. */
export interface IdDecoder {
  /**
   * Returns the text of ids.
   *
   * @throws {TokenizerError} `unknown-token` for an id without a token
   */
  readonly decode: (ids: Iterable<number>) => string
  readonly decodeBytes: (ids: Iterable<number>) => Uint8Array
  /** Number of bytes of every id; 0 where the id is no token. */
  readonly byteLengths: () => Uint16Array
}

/** Turns ids back one by one: the bytes of several are the bytes of each, joined. */
export class TokenDecoder implements IdDecoder {
  readonly #spell: () => IdBytes
  readonly #measure: () => Uint16Array
  #spelled: IdBytes | undefined

  /**
   * @param vocabulary spelled out when the first id is decoded: an encoder may never need it
   * @param idOfRank undefined when ids are ranks
   * @param others tokens without a rank: special ones, and those no merging makes
   * @param vocabSize one more than the highest id
   */
  constructor(
    vocabulary: Vocabulary,
    idOfRank: Uint32Array | undefined,
    others: readonly (readonly [bytes: Uint8Array, id: number])[],
    vocabSize: number,
  ) {
    this.#spell = () => spell(vocabulary, idOfRank, others, vocabSize)
    this.#measure = () => measure(vocabulary, idOfRank, others, vocabSize)
  }

  get #tokens(): IdBytes {
    return (this.#spelled ??= this.#spell())
  }

  /**
   * Returns the number of bytes of `id`.
   *
   * @throws {TokenizerError} `unknown-token` for an id without a token
   */
  byteLength(id: number): number {
    const { starts, ends } = this.#tokens
    const length = id < ends.length ? ends[id]! - starts[id]! : 0
    return length > 0 ? length : refuseId(id, ends.length)
  }

  /** Number of bytes of every id, without spelling any; 0 where the id is no token. */
  byteLengths(): Uint16Array {
    return this.#measure()
  }

  /** The bytes of one token; a view, not a copy. */
  tokenBytes(id: number): Uint8Array {
    this.byteLength(id)
    const { bytes, starts, ends } = this.#tokens
    return bytes.subarray(starts[id], ends[id])
  }

  decodeBytes(ids: Iterable<number>): Uint8Array {
    const list: ArrayLike<number> = ids instanceof Uint32Array ? ids : [...ids]
    let length = 0
    for (let i = 0; i < list.length; i++) length += this.byteLength(list[i]!)
    const bytes = new Uint8Array(length)
    const tokens = this.#tokens
    let at = 0
    for (let i = 0; i < list.length; i++) {
      const id = list[i]!
      for (let from = tokens.starts[id]!; from < tokens.ends[id]!; from++) bytes[at++] = tokens.bytes[from]!
    }
    return bytes
  }

  decode(ids: Iterable<number>): string {
    return decoder.decode(this.decodeBytes(ids))
  }
}

/** @throws TokenizerError `unknown-token` */
export function refuseId(id: number, vocabSize: number): never {
  throw new TokenizerError(
    'unknown-token',
    `Expected a token id of this encoding (0 to ${vocabSize - 1}), got ${id}`,
  )
}

function measure(
  vocabulary: Vocabulary,
  idOfRank: Uint32Array | undefined,
  others: readonly (readonly [bytes: Uint8Array, id: number])[],
  vocabSize: number,
): Uint16Array {
  const lengths = new Uint16Array(vocabSize)
  const lengthOfRank = tokenLengths(vocabulary)
  if (idOfRank === undefined) lengths.set(lengthOfRank)
  else {
    for (let rank = 0; rank < vocabulary.size; rank++)
      if (idOfRank[rank] !== noId) lengths[idOfRank[rank]!] = lengthOfRank[rank]!
  }
  for (const [other, id] of others) lengths[id] = other.length
  return lengths
}

function spell(
  vocabulary: Vocabulary,
  idOfRank: Uint32Array | undefined,
  others: readonly (readonly [bytes: Uint8Array, id: number])[],
  vocabSize: number,
): IdBytes {
  const ranks = tokenBytes(vocabulary)
  let at = ranks.bytes.length
  const bytes = new Uint8Array(at + others.reduce((sum, [other]) => sum + other.length, 0))
  bytes.set(ranks.bytes)
  const starts = new Uint32Array(vocabSize)
  const ends = new Uint32Array(vocabSize)
  for (let rank = 0; rank < vocabulary.size; rank++) {
    const id = idOfRank === undefined ? rank : idOfRank[rank]!
    if (id === noId) continue
    starts[id] = ranks.offsets[rank]!
    ends[id] = ranks.offsets[rank + 1]!
  }
  for (const [other, id] of others) {
    bytes.set(other, at)
    starts[id] = at
    at += other.length
    ends[id] = at
  }
  return { bytes, starts, ends }
}
