import { Generator, fillNormal, normalPieces } from '@sluice/torch-random'
import { expect, test } from 'vitest'

const piece = 1 << 18

test.each([
  0,
  1,
  15,
  16,
  17,
  4099,
  piece,
  piece + 1,
  piece + 15,
  piece + 16,
  piece + 17,
  2 * piece + 9,
  3 * piece,
])('%d values in pieces are those of one array, and so is the state after them', (length) => {
  for (const family of ['avx2', 'scalar'] as const) {
    const [generator, other] = [new Generator(length), new Generator(length)]
    const whole = new Float32Array(length)
    fillNormal(whole, { generator, family, std: 0.02 })
    const pieces = Array.from(normalPieces(length, { generator: other, family, std: 0.02 }), (view) =>
      view.slice(),
    )
    expect(
      Buffer.compare(
        Buffer.concat(pieces.map((view) => Buffer.from(view.buffer))),
        Buffer.from(whole.buffer),
      ),
    ).toBe(0)
    expect(other.getState()).toEqual(generator.getState())
  }
})
