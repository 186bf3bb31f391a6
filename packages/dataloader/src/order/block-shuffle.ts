import { checkWhole } from '../errors.ts'
import { KeyedPermutation } from './keyed-permutation.ts'
import { hash32, keyWords, Stream, wordsOf, type OrderKey } from './keys.ts'
import type { Order } from './order.ts'

/** The sizes of a {@link BlockShuffle}. */
export interface BlockShuffleSizes {
  /** Consecutive windows that stay near each other. */
  readonly blockSize: number
  /** Blocks whose windows are mixed with each other. */
  readonly blocksTogether: number
}

/**
 * A shuffle for disks that are quick in one direction only: blocks of consecutive windows come in a keyed order, and the
 * windows of `blocksTogether` neighbours in that order are permuted among themselves. A reader that keeps that many blocks
 * in memory reads each of them once, from its start to its end.
 *
 * Constant memory. The last, shorter block has a place of its own, drawn from the key.
 */
export class BlockShuffle implements Order {
  readonly length: number
  readonly #key: OrderKey
  readonly #blockSize: number
  readonly #together: number
  /** Full blocks in order. */
  readonly #blocks: KeyedPermutation
  /** Windows of the short last block; 0 where there is none. */
  readonly #tail: number
  /** The slot of the short block among all; past the end where there is none. */
  readonly #tailSlot: number
  readonly #slots: number
  #group: Group | undefined

  /** @throws DataLoaderError `invalid-argument`. */
  constructor(length: number, { blockSize, blocksTogether }: BlockShuffleSizes, key: OrderKey) {
    this.length = checkWhole('length', length, 0)
    this.#blockSize = checkWhole('blockSize', blockSize, 1)
    this.#together = checkWhole('blocksTogether', blocksTogether, 1)
    this.#key = key
    const full = Math.floor(length / blockSize)
    this.#blocks = new KeyedPermutation(full, key, [Stream.blocks])
    this.#tail = length - full * blockSize
    this.#slots = this.#tail > 0 ? full + 1 : full
    this.#tailSlot = this.#tail > 0 ? tailPlace(key, this.#slots) : this.#slots
  }

  at(position: number): number {
    const group = this.#groupAt(position)
    return this.#windowAt(group.start + group.order.at(position - group.start))
  }

  /** The window at a position of the order of blocks, before groups are mixed. */
  #windowAt(position: number): number {
    const size = this.#blockSize
    const tailStart = this.#tailSlot * size
    if (position >= tailStart && position < tailStart + this.#tail) {
      return this.#blocks.length * size + (position - tailStart)
    }
    const within = position < tailStart ? position : position - this.#tail
    const slot = Math.floor(within / size)
    return this.#blocks.at(slot) * size + (within - slot * size)
  }

  #groupAt(position: number): Group {
    const known = this.#group
    if (known !== undefined && position >= known.start && position < known.start + known.order.length) {
      return known
    }
    const size = this.#blockSize
    const afterTail = position - this.#tailSlot * size - this.#tail
    const slot =
      afterTail < 0 ? Math.floor(position / size) : this.#tailSlot + 1 + Math.floor(afterTail / size)
    const number = Math.floor(slot / this.#together)
    const start = this.#startOf(number * this.#together)
    const end = this.#startOf(Math.min((number + 1) * this.#together, this.#slots))
    const stream = [Stream.group, ...wordsOf('group', number)]
    this.#group = { start, order: new KeyedPermutation(end - start, this.#key, stream) }
    return this.#group
  }

  /** The position at which a slot begins. */
  #startOf(slot: number): number {
    if (slot <= this.#tailSlot) return slot * this.#blockSize
    return (slot - 1) * this.#blockSize + this.#tail
  }
}

/** Blocks that are mixed: where they begin in the order of blocks, and their own order. */
interface Group {
  readonly start: number
  readonly order: KeyedPermutation
}

/** Any of the slots, evenly but for a part in 2^21: 53 bits of hash. */
function tailPlace(key: OrderKey, slots: number): number {
  const words = keyWords(key, [Stream.tail])
  const unit = (hash32([0, ...words]) * 2 ** 21 + (hash32([1, ...words]) >>> 11)) / 2 ** 53
  return Math.floor(unit * slots)
}
