import { checkWhole } from '../errors.ts'
import { hash32, keyWords, mix32, Stream, type OrderKey } from './keys.ts'
import type { Order } from './order.ts'

/** Six rounds: three times over, each half is changed by the other. */
const rounds = 6

/** Narrower halves mix badly. Walking a larger domain costs at most its size, once an epoch. */
const fewestBits = 10

/**
 * A random-looking order of `0 .. length-1` that is computed, not listed: constant memory at any length up to 2^53 - 1.
 *
 * A Feistel network over the next power of two (Luby and Rackoff, 1988), whose round function is a 32-bit hash, walked
 * until it falls below `length` (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002): under two steps on
 * average. It spreads well and is not cryptography: a few hundred positions would give the key away.
 */
export class KeyedPermutation implements Order {
  readonly length: number
  readonly #keys = new Uint32Array(rounds)
  /** 2^(bits of the low half). */
  readonly #lowSize: number
  readonly #lowMask: number
  readonly #highMask: number

  /**
   * @param stream - what the permutation is for, when one key serves several.
   * @throws DataLoaderError `invalid-argument`.
   */
  constructor(length: number, key: OrderKey, stream: readonly number[] = [Stream.windows]) {
    this.length = checkWhole('length', length, 0)
    const words = keyWords(key, stream)
    for (let round = 0; round < rounds; round++) this.#keys[round] = hash32([round, ...words])
    let bits = fewestBits
    while (2 ** bits < length) bits++
    this.#lowSize = 2 ** Math.ceil(bits / 2)
    this.#lowMask = this.#lowSize - 1
    this.#highMask = 2 ** Math.floor(bits / 2) - 1
  }

  at(position: number): number {
    let value = position
    do value = this.#scramble(value)
    while (value >= this.length)
    return value
  }

  #scramble(value: number): number {
    let high = Math.floor(value / this.#lowSize)
    let low = value - high * this.#lowSize
    const keys = this.#keys
    for (let round = 0; round < rounds; round += 2) {
      high ^= mix32(low ^ keys[round]!) & this.#highMask
      low ^= mix32(high ^ keys[round + 1]!) & this.#lowMask
    }
    return high * this.#lowSize + low
  }
}
