import { Generator, randomInt63 } from '@sluice/torch-random'
import type { ResolvedOptions } from './options.ts'
import type { DrawsState } from './state.ts'

/**
 * What PyTorch draws from the generators of a `DataLoader`, and when. An iteration draws a base seed when it begins;
 * the sampler draws when its first window is asked for: its order from a generator of its own, or a seed for a private
 * one from the global generator.
 */
export class Draws {
  readonly kind: 'own' | 'global' | undefined
  readonly #generator: Generator | undefined
  readonly #persistent: boolean
  /** Whether the sampler takes its seed from the global generator. */
  readonly #drawsSeed: boolean
  #baseSeedDrawn = false
  /** An epoch is in progress. */
  #begun = false
  /** The next iteration continues the epoch in progress. */
  #resumed = false
  #samplerSeed: bigint | undefined
  /** The own generator as it was when the epoch in progress drew its order. */
  #beforeOrder: Uint8Array | undefined

  constructor({ generator, globalGenerator, persistentWorkers, shuffle, worldSize }: ResolvedOptions) {
    this.kind = generator !== undefined ? 'own' : globalGenerator !== undefined ? 'global' : undefined
    this.#generator = generator ?? globalGenerator
    this.#persistent = persistentWorkers
    this.#drawsSeed = this.kind === 'global' && shuffle === true && worldSize === 1
  }

  /** Whether a generator gives the order, not a seed and an epoch. */
  get giveOrder(): boolean {
    return this.kind === 'own' || this.#drawsSeed
  }

  /** `iter(loader)`. */
  begin(): void {
    if (this.#resumed) {
      this.#resumed = false
      return
    }
    this.end()
    this.#begun = true
    if (this.#generator === undefined || (this.#persistent && this.#baseSeedDrawn)) return
    randomInt63(this.#generator)
    this.#baseSeedDrawn = true
  }

  /** The generator that the sampler takes its order from; called when the first window is asked for. */
  samplerGenerator(): Generator {
    if (this.kind === 'own') {
      this.#beforeOrder = this.#generator!.getState()
      return this.#generator!
    }
    this.#samplerSeed ??= randomInt63(this.#generator!)
    return new Generator(this.#samplerSeed)
  }

  /** The epoch in progress is over, or given up. */
  end(): void {
    this.#begun = false
    this.#resumed = false
    this.#samplerSeed = undefined
    this.#beforeOrder = undefined
  }

  state(): DrawsState | undefined {
    if (this.kind === undefined) return undefined
    const bytes = this.#beforeOrder ?? this.#generator!.getState()
    return {
      kind: this.kind,
      generator: Buffer.from(bytes).toString('base64'),
      begun: this.#begun,
      ...(this.#samplerSeed === undefined ? {} : { samplerSeed: String(this.#samplerSeed) }),
      persistent: this.#baseSeedDrawn,
    }
  }

  restore(state: DrawsState | undefined): void {
    this.end()
    if (state === undefined) return
    this.#generator!.setState(Buffer.from(state.generator, 'base64'))
    this.#baseSeedDrawn = state.persistent
    this.#begun = state.begun
    this.#resumed = state.begun
    if (state.samplerSeed !== undefined) this.#samplerSeed = BigInt(state.samplerSeed)
  }
}
