import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { alibiSlopes } from '../src/index.ts'
import { attentionPositions } from '../src/model/attention-positions.ts'
import { readModelConfig } from '../src/model/model-config.ts'

interface RotaryCase {
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
  readonly inverseFrequencies: readonly number[]
  /** Of positions 1 and 11. */
  readonly cosines: readonly (readonly number[])[]
}

const fixture = JSON.parse(readFileSync(new URL('fixtures/rotary.json', import.meta.url), 'utf8')) as {
  readonly reference: string
  readonly cases: readonly RotaryCase[]
}

async function positionsOf(config: object) {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  return attentionPositions(await readModelConfig(folder), 12)
}

test.each(fixture.cases)(
  `$name has the rotary tables of ${fixture.reference}`,
  async ({ name, config, inverseFrequencies, cosines }) => {
    const positions = await positionsOf(config)
    expect(positions?.kind).toBe('rotary')
    const [frequencies, cos, sin] = positions!.tensors
    const columns = inverseFrequencies.length
    expect(frequencies).toMatchObject({ name: 'rotary.inv_freq', shape: [columns] })
    expect([cos!.shape, sin!.shape]).toEqual([
      [12, columns],
      [12, columns],
    ])
    for (const [i, expected] of inverseFrequencies.entries()) {
      const found = frequencies!.data[i]!
      expect(Math.abs(found - expected) / expected).toBeLessThan(5e-7)
      for (const [row, position] of [1, 11].entries()) {
        const at = position * columns + i
        expect(Math.abs(cos!.data[at]! - cosines[row]![i]!)).toBeLessThan(2e-6)
        expect(sin!.data[at]).toBeCloseTo(Math.sin(position * found), 5)
      }
    }
    expect(positions!.formula).toContain(name === 'cohere' ? '(2d, 2d + 1)' : '(d, d + dim / 2)')
  },
)

test('what transformers 4 wrote means the same', async () => {
  const { config } = fixture.cases.find(({ name }) => name === 'llama linear')!
  const { rope_parameters: _, ...rest } = config
  const old = { ...rest, rope_theta: 10_000, rope_scaling: { type: 'linear', factor: 4 } }
  expect((await positionsOf(old))?.tensors).toEqual((await positionsOf(config))?.tensors)
})

test('BLOOM and a Falcon that asks for it have ALiBi', async () => {
  const slopes = { name: 'alibi.slopes', data: alibiSlopes(12), shape: [12] }
  const bloom = await positionsOf({ model_type: 'bloom', n_head: 12 })
  expect(bloom).toMatchObject({ kind: 'alibi', sizes: { numHeads: 12 }, tensors: [slopes] })
  expect(await positionsOf({ model_type: 'falcon', num_attention_heads: 12, alibi: true })).toMatchObject({
    tensors: [slopes],
  })
})

test.each([
  { model_type: 'gpt2', n_head: 2, n_embd: 16 },
  { model_type: 'falcon', num_attention_heads: 12, alibi: false },
  {
    model_type: 'llama',
    hidden_size: 64,
    num_attention_heads: 4,
    rope_scaling: { rope_type: 'yarn', factor: 4 },
  },
  {
    model_type: 'llama',
    hidden_size: 64,
    num_attention_heads: 4,
    rope_scaling: { rope_type: 'llama3', factor: 4 },
  },
  { model_type: 'llama', rope_parameters: { full_attention: { rope_type: 'default' } }, head_dim: 16 },
  { model_type: 'llama', head_dim: 'wide', hidden_size: -4, num_attention_heads: 2 },
  { model_type: 'llama', head_dim: 16, rope_theta: 0.5 },
  { model_type: 'llama', head_dim: 1e12 },
  { model_type: 'bloom', n_head: 1e12 },
  { model_type: 'bloom', n_head: 0 },
])('nothing is made of %o', async (config) => {
  expect(await positionsOf(config)).toBeUndefined()
})
