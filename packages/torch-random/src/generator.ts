import { decodeState, encodeState } from './generator-state.ts'
import { stateWords, seedState, temper, twist } from './mersenne-twister.ts'
import { pieceLength, normalKernel } from './wasm/normal-kernel.ts'
import { defaultSeed, normalizeSeed } from './seed.ts'

const unit24 = 2 ** -24

/**
 * PyTorch's CPU generator (`torch.Generator()`, `at::CPUGeneratorImpl`): MT19937 and one cached normal.
 *
 * Only the low 32 bits of a seed reach the state, as in PyTorch: 0 and 2^32 give the same stream.
 */
export class Generator {
  #seed = defaultSeed
  readonly #state = new Uint32Array(stateWords)
  /** Draws until the next twist, counting that draw: 1 means that the next draw twists. */
  #left = 1
  #next = 0
  /**
   * The second value of the last pair drawn one by one (a tensor of fewer than 16 elements), used by the
   * next such draw. Seeding clears it; larger fills neither read nor clear it.
   */
  cachedNormal: number | undefined

  /** @param seed - As for {@link manualSeed}; without one, PyTorch's default seed 67280421310721. */
  constructor(seed: number | bigint = defaultSeed) {
    this.manualSeed(seed)
  }

  /**
   * Starts the stream of `seed` again (`torch.manual_seed`).
   *
   * @param seed - -2^63 .. 2^64-1; beyond 2^53 as a bigint.
   * @throws TorchRandomError `invalid-seed`.
   */
  manualSeed(seed: number | bigint): this {
    this.#seed = normalizeSeed(seed)
    seedState(this.#state, Number(this.#seed & 0xffffffffn))
    this.#left = 1
    this.#next = 0
    this.cachedNormal = undefined
    return this
  }

  /** The seed in use, as an unsigned 64-bit number (`torch.initial_seed()`). */
  get initialSeed(): bigint {
    return this.#seed
  }

  /** One raw draw: an unsigned 32-bit number. */
  random(): number {
    if (--this.#left === 0) this.#twist()
    return temper(this.#state[this.#next++]!) >>> 0
  }

  /** Two raw draws as one unsigned 64-bit number; the first is the high word. */
  random64(): bigint {
    const high = this.random()
    return (BigInt(high) << 32n) | BigInt(this.random())
  }

  /** A uniform double in [0, 1) with 53 random bits: two raw draws. */
  unit53(): number {
    const high = this.random() & 0x1fffff
    return (high * 4294967296 + this.random()) * 2 ** -53
  }

  /** Fills `target[start .. end)` with uniform float32 values in [0, 1), 24 random bits and one raw draw each. */
  fillUnit24(target: Float32Array, start = 0, end: number = target.length): void {
    const state = this.#state
    let at = start
    while (at < end) {
      if (this.#left === 1) {
        this.#twist()
        this.#left = stateWords + 1
      }
      const count = Math.min(this.#left - 1, end - at, stateWords - this.#next)
      const next = this.#next
      for (let i = 0; i < count; i++) target[at + i] = (temper(state[next + i]!) & 0xffffff) * unit24
      at += count
      this.#next += count
      this.#left -= count
    }
  }

  /**
   * Fills `target[start .. end)`, whole blocks of 16, with the normal values of PyTorch's AVX2 kernel.
   *
   * @internal
   * @returns False, and nothing is done, where the WebAssembly kernel cannot run.
   */
  fillNormalBlocks(target: Float32Array, start: number, end: number, std: number, mean: number): boolean {
    const kernel = normalKernel()
    if (!kernel) return false
    kernel.state.set(this.#state)
    for (let at = start; at < end; at += pieceLength) {
      const wanted = Math.min(pieceLength, end - at)
      for (let made = 0; made < wanted;) {
        if (this.#left === 1) {
          kernel.twist()
          this.#left = stateWords + 1
          this.#next = 0
        }
        const count = Math.min(this.#left - 1, wanted - made)
        kernel.unit24(this.#next, made, count)
        made += count
        this.#next += count
        this.#left -= count
      }
      kernel.normal(wanted, std, mean)
      target.set(wanted === pieceLength ? kernel.values : kernel.values.subarray(0, wanted), at)
    }
    this.#state.set(kernel.state)
    return true
  }

  /**
   * The whole state in the bytes of `torch.get_rng_state()` (5056 of them): either side can restore the other's.
   */
  getState(): Uint8Array {
    return encodeState({
      seed: this.#seed,
      left: this.#left,
      next: this.#next,
      words: this.#state,
      cachedNormal: this.cachedNormal,
    })
  }

  /**
   * Restores a state saved by {@link getState} or by `torch.get_rng_state()`.
   *
   * @throws TorchRandomError `invalid-state` when the bytes are not such a state.
   */
  setState(bytes: Uint8Array): this {
    const state = decodeState(bytes)
    this.#seed = state.seed
    this.#left = state.left
    this.#next = state.next
    this.#state.set(state.words)
    this.cachedNormal = state.cachedNormal
    return this
  }

  #twist(): void {
    twist(this.#state)
    this.#left = stateWords
    this.#next = 0
  }
}
