import { describe, expect, it } from 'vitest'
import { Generator, fillNormal } from '@sluice/torch-random'
import { readGolden, sha256 } from './golden.ts'

interface Ints {
  readonly ints: {
    readonly rng_state_len: number
    readonly rng_state_sha256_after_manual_seed_123: string
    readonly rng_state_sha256_after_randn3: string
    readonly rng_state_first24_after_randn3: string
    readonly rng_state_last56_after_randn3: string
  }
}

describe('Generator', () => {
  const { ints }: Ints = readGolden('permutations-and-integers')

  it('is MT19937: the 10000th word of seed 5489 is 4123659995', () => {
    const generator = new Generator(5489)
    let word = 0
    for (let i = 0; i < 10_000; i++) word = generator.random()
    expect(word).toBe(4123659995)
  })

  it("saves its state as PyTorch's get_rng_state", () => {
    const generator = new Generator(123)
    expect(generator.getState().length).toBe(ints.rng_state_len)
    expect(sha256(generator.getState())).toBe(ints.rng_state_sha256_after_manual_seed_123)
    fillNormal(new Float32Array(3), { generator })
    const state = generator.getState()
    expect(Buffer.from(state.subarray(0, 24)).toString('hex')).toBe(ints.rng_state_first24_after_randn3)
    expect(Buffer.from(state.subarray(-56)).toString('hex')).toBe(ints.rng_state_last56_after_randn3)
    expect(sha256(state)).toBe(ints.rng_state_sha256_after_randn3)
  })

  it('continues from a restored state as the original does, wherever it stood', () => {
    for (const draws of [0, 1, 5, 623, 624, 625, 1300]) {
      const original = new Generator(9)
      for (let i = 0; i < draws; i++) original.random()
      fillNormal(new Float32Array(3), { generator: original })
      const restored = new Generator().setState(original.getState())
      expect(restored.initialSeed).toBe(9n)
      const [a, b] = [new Float32Array(700), new Float32Array(700)]
      fillNormal(a.subarray(0, 1), { generator: original })
      fillNormal(b.subarray(0, 1), { generator: restored })
      original.fillUnit24(a, 1)
      restored.fillUnit24(b, 1)
      expect(b).toEqual(a)
      expect(restored.random64()).toBe(original.random64())
    }
  })

  it('fills in bulk what it draws one by one, across twists', () => {
    for (const [skip, n] of [
      [0, 10],
      [0, 624],
      [1, 624],
      [600, 2000],
      [624, 1],
    ] as const) {
      const [bulk, single] = [new Generator(3), new Generator(3)]
      for (let i = 0; i < skip; i++) expect(bulk.random()).toBe(single.random())
      const values = new Float32Array(n)
      bulk.fillUnit24(values)
      expect(Array.from(values)).toEqual(Array.from(values, () => (single.random() & 0xffffff) * 2 ** -24))
      expect(bulk.random()).toBe(single.random())
      expect(sha256(bulk.getState())).toBe(sha256(single.getState()))
    }
  })

  it('has the seed of an unseeded torch.Generator by default', () => {
    expect(new Generator().initialSeed).toBe(67280421310721n)
  })

  it.each([2n ** 64n, -(2n ** 63n) - 1n])('refuses the seed %s', (seed) => {
    expect(() => new Generator(seed)).toThrow('Expected `seed` in -2^63 .. 2^64-1')
  })

  it.each([3.7, Number.NaN, 2 ** 53])('refuses the inexact seed %s', (seed) => {
    expect(() => new Generator(seed)).toThrow('Expected `seed` to be a whole number')
  })

  it('refuses bytes that are not a state', () => {
    const generator = new Generator(1)
    expect(() => generator.setState(new Uint8Array(16))).toThrow(
      'to hold 5056 bytes as of torch.get_rng_state(), got 16 bytes',
    )
    expect(() => generator.setState(new Uint8Array(5056))).toThrow(
      'counters of a seeded generator, got seeded=0',
    )
    const beyond = generator.getState()
    new DataView(beyond.buffer).setUint32(16, 624, true)
    expect(() => generator.setState(beyond.fill(255, 8, 12))).toThrow('left=-1')
  })
})
