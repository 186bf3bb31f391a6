import { checkWhole, DataLoaderError } from '../errors.ts'
import { KeyedPermutation } from './keyed-permutation.ts'
import { Stream, wordsOf, type OrderKey } from './keys.ts'
import type { Order } from './order.ts'

/** One source of a {@link MixtureOrder}. */
export interface MixturePart {
  /** Number of windows. */
  readonly length: number
  /** Its share of the mixture, in any unit. */
  readonly weight: number
}

/** Windows in which the shares are kept exactly. */
export const mixtureBlock = 1024

/** Settings of a {@link MixtureOrder}. */
export interface MixtureSettings extends OrderKey {
  /** Windows of an epoch. */
  readonly length: number
  /** Permute each source's windows again in each pass, or take them as they lie. */
  readonly shuffle: boolean
}

/**
 * Sources mixed by weight. Every 1,024 windows hold each source's share (rounded to whole windows), at places drawn from
 * the key. Each source is gone through again and again, in a new keyed order each time, and an epoch continues where the one
 * before ended: no window of a source comes a second time before all have come once.
 *
 * Windows are numbered through the sources in order: those of the second source follow those of the first.
 */
export class MixtureOrder implements Order {
  readonly length: number
  readonly #settings: MixtureSettings
  readonly #sources: readonly MixedSource[]
  /** Windows before this epoch. */
  readonly #before: number
  #block: { readonly number: number; readonly places: KeyedPermutation } | undefined

  /** @throws DataLoaderError `invalid-argument`, `empty`. */
  constructor(parts: readonly MixturePart[], settings: MixtureSettings) {
    this.length = checkWhole('windowsPerEpoch', settings.length, 1)
    this.#settings = settings
    this.#before = checkWhole('epoch · windowsPerEpoch', settings.epoch * settings.length, 0)
    checkWhole('(epoch + 1) · windowsPerEpoch', this.#before + settings.length, 0)
    const counts = sharesOf(parts)
    let window = 0
    let place = 0
    this.#sources = parts.map(({ length }, number) => {
      const source: MixedSource = {
        number,
        length,
        count: counts[number]!,
        firstWindow: window,
        firstPlace: place,
        pass: undefined,
      }
      window += length
      place += source.count
      return source
    })
  }

  at(position: number): number {
    const total = this.#before + position
    const number = Math.floor(total / mixtureBlock)
    const place = this.#placesOf(number).at(total - number * mixtureBlock)
    const source = this.#sources.findLast(({ firstPlace, count }) => count > 0 && place >= firstPlace)!
    const taken = number * source.count + place - source.firstPlace
    const pass = Math.floor(taken / source.length)
    const window = taken - pass * source.length
    return source.firstWindow + (this.#settings.shuffle ? this.#orderOf(source, pass).at(window) : window)
  }

  #placesOf(number: number): KeyedPermutation {
    if (this.#block?.number !== number) {
      const key = { seed: this.#settings.seed, epoch: 0 }
      const stream = [Stream.mixture, ...wordsOf('block', number)]
      this.#block = { number, places: new KeyedPermutation(mixtureBlock, key, stream) }
    }
    return this.#block.places
  }

  #orderOf(source: MixedSource, pass: number): KeyedPermutation {
    if (source.pass?.number !== pass) {
      const key = { seed: this.#settings.seed, epoch: pass }
      const order = new KeyedPermutation(source.length, key, [Stream.source, source.number])
      source.pass = { number: pass, order }
    }
    return source.pass.order
  }
}

interface MixedSource {
  readonly number: number
  readonly length: number
  /** Windows of each block. */
  readonly count: number
  readonly firstWindow: number
  /** Before its places are permuted, a block has all of the first source's, then all of the second's. */
  readonly firstPlace: number
  /** The pass that was read last, and its order. */
  pass: { readonly number: number; readonly order: KeyedPermutation } | undefined
}

/** How many of {@link mixtureBlock} windows each source has: largest remainders first, so that they add up. */
function sharesOf(parts: readonly MixturePart[]): number[] {
  const sum = parts.reduce((total, { weight }) => total + weight, 0)
  const exact = parts.map(({ weight }) => (weight / sum) * mixtureBlock)
  const counts = exact.map(Math.floor)
  const left = mixtureBlock - counts.reduce((total, count) => total + count, 0)
  const byRemainder = [...exact.keys()].toSorted(
    (a, b) => exact[b]! - counts[b]! - (exact[a]! - counts[a]!) || a - b,
  )
  for (const number of byRemainder.slice(0, left)) counts[number]!++
  for (const [number, { length, weight }] of parts.entries()) {
    if (!(weight > 0) || !Number.isFinite(weight)) {
      throw new DataLoaderError('invalid-argument', `Expected \`weight\` to be positive, got \`${weight}\``)
    }
    if (length === 0) throw new DataLoaderError('empty', `Source ${number} of the mixture has no windows`)
    if (counts[number] === 0) {
      throw new DataLoaderError(
        'invalid-argument',
        `Expected each \`weight\` to be at least a ${mixtureBlock}th of all, got ${weight} of ${sum}`,
      )
    }
  }
  return counts
}
