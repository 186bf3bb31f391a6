import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { alibiSlopes } from '../src/index.ts'
import type { AttentionPositions, LeftOut } from '../src/model/attention/attention-positions.ts'
import { attentionPositions } from '../src/model/find-positions.ts'
import { readModelConfig } from '../src/model/model-config.ts'
import { recipeOf } from '../src/model/recipe-of.ts'

interface RotaryCase {
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
  readonly inverseFrequencies: readonly number[]
  /** Which columns its rotation takes together. */
  readonly pairs: 'half' | 'interleaved'
  /** Of positions 1 and 11. */
  readonly cosines: readonly (readonly number[])[]
}

const fixture = JSON.parse(readFileSync(new URL('fixtures/rotary.json', import.meta.url), 'utf8')) as {
  readonly reference: string
  readonly cases: readonly RotaryCase[]
}

/** Of a checkpoint that has a token table alone. */
async function positionsOf(config: object): Promise<AttentionPositions | undefined> {
  const found = await askedOf(config)
  if (found !== undefined && 'leftOut' in found) throw new Error(found.leftOut)
  return found
}

async function askedOf(config: object): Promise<AttentionPositions | LeftOut | undefined> {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  const read = await readModelConfig(folder)
  const token = { name: 'wte', dtype: 'F32', shape: [2, 2], offset: 0, byteLength: 16, path: folder }
  const tensors = { token, isHead: false, others: [], find: () => undefined }
  return attentionPositions({ config: read, recipe: recipeOf(read.modelType), tensors }, 12)
}

test.each(fixture.cases)(
  `$name has the rotary tables of ${fixture.reference}`,
  async ({ pairs, config, inverseFrequencies, cosines }) => {
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
        expect(sin!.data[at]).toBeCloseTo(
          Number(positions!.sizes['factor'] ?? 1) * Math.sin(position * found),
          5,
        )
      }
    }
    expect(positions!.formula).toContain(pairs === 'interleaved' ? '(2d, 2d + 1)' : '(d, d + dim / 2)')
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

test('a model without positions inside attention has no tables', async () => {
  expect(await askedOf({ model_type: 'gpt2', n_head: 2, n_embd: 16 })).toBeUndefined()
  expect(await askedOf({ model_type: 'opt' })).toBeUndefined()
})

test.each([
  { model_type: 'deepseek_v3', hidden_size: 64, num_attention_heads: 4 },
  { model_type: 'qwen3_next', hidden_size: 64, num_attention_heads: 4 },
  { model_type: 'bert', position_embedding_type: 'relative_key' },
  { model_type: 't5', num_heads: 4 },
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
  { model_type: 'llama', rope_parameters: { rope_type: 'spiral' }, head_dim: 16 },
  { model_type: 'llama', head_dim: 'wide', hidden_size: -4, num_attention_heads: 2 },
  { model_type: 'llama', head_dim: 16, rope_theta: 0.5 },
  { model_type: 'llama', head_dim: 1e12 },
  { model_type: 'bloom', n_head: 1e12 },
  { model_type: 'bloom', n_head: 0 },
])('what is not made of %o is named', async (config) => {
  expect(await askedOf(config)).toEqual({ leftOut: expect.stringContaining(config.model_type) })
})

test('full and sliding layers have tables of their own, as both versions of transformers write them', async () => {
  const sizes = { model_type: 'gemma3_text', head_dim: 16, max_position_embeddings: 64 }
  const five = await positionsOf({
    ...sizes,
    rope_parameters: {
      sliding_attention: { rope_type: 'default', rope_theta: 10_000 },
      full_attention: { rope_type: 'linear', factor: 8, rope_theta: 500_000 },
    },
  })
  const four = await positionsOf({
    ...sizes,
    rope_theta: 500_000,
    rope_local_base_freq: 10_000,
    rope_scaling: { rope_type: 'linear', factor: 8 },
  })
  expect(four?.tensors).toEqual(five?.tensors)
  expect(five?.tensors.map(({ name }) => name)).toEqual(
    ['sliding_attention', 'full_attention'].flatMap((layers) =>
      ['inv_freq', 'cos', 'sin'].map((part) => `rotary.${layers}.${part}`),
    ),
  )
  expect(five?.sizes).toMatchObject({ 'sliding_attention.base': 10_000, 'full_attention.base': 500_000 })
})

test('latent attention says how many columns it turns and what its scores are multiplied by', async () => {
  const asked = await positionsOf({
    model_type: 'deepseek_v3',
    ...{ hidden_size: 64, num_attention_heads: 4, qk_nope_head_dim: 12, qk_rope_head_dim: 8 },
    rope_scaling: {
      ...{ type: 'yarn', factor: 40, mscale: 1, mscale_all_dim: 1, original_max_position_embeddings: 4096 },
    },
  })
  expect(asked?.sizes).toMatchObject({ dim: 8, scoreFactor: (0.1 * Math.log(40) + 1) ** 2 })
  expect(asked?.sizes['factor']).toBeUndefined()
  expect(asked?.formula).toContain('behind its qk_nope_head_dim ones')
})

test('the global and local bases of ModernBERT are those of both versions of transformers', async () => {
  const sizes = { model_type: 'modernbert', hidden_size: 64, num_attention_heads: 4 }
  const four = await positionsOf({ ...sizes, global_rope_theta: 160_000, local_rope_theta: 10_000 })
  const five = await positionsOf({
    ...sizes,
    rope_parameters: {
      sliding_attention: { rope_type: 'default', rope_theta: 10_000 },
      full_attention: { rope_type: 'default', rope_theta: 160_000 },
    },
  })
  expect(four?.tensors).toEqual(five?.tensors)
  expect(four?.sizes).toMatchObject({ 'sliding_attention.base': 10_000, 'full_attention.base': 160_000 })
})

test('MPT has other slopes where its heads are no power of two', async () => {
  const mpt = await positionsOf({ model_type: 'mpt', n_heads: 6 })
  const slopes = [2, 4, 6, 8, 1, 3].map((place) => 2 ** -place)
  expect(mpt?.tensors[0]?.data).toEqual(Float32Array.from(slopes))
})
