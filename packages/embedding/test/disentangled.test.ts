import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { attentionPositions, disentangledRow, type AttentionPositions, type LeftOut } from '../src/index.ts'
import { readModelConfig } from '../src/model/model-config.ts'
import { recipeOf } from '../src/model/recipe-of.ts'

interface RowsCase {
  /** -1 where each distance has its row. */
  readonly buckets: number
  readonly maxDistance: number
  /** The distance of the first row. */
  readonly from: number
  readonly rows: readonly number[]
}

const fixture = JSON.parse(readFileSync(new URL('fixtures/disentangled.json', import.meta.url), 'utf8')) as {
  readonly reference: string
  readonly cases: readonly RowsCase[]
}

test.each(fixture.cases)(
  `$buckets buckets for distances of $maxDistance are those of ${fixture.reference}`,
  ({ buckets, maxDistance, from, rows }) => {
    const rowOf = disentangledRow({ maxDistance, ...(buckets > 0 && { buckets }) })
    expect(rows.map((_, at) => rowOf(from + at))).toEqual(rows)
  },
)

test.each([
  { maxDistance: 0 },
  { maxDistance: 1.5 },
  { maxDistance: 8, buckets: 1 },
  { maxDistance: 8, buckets: 14 },
])('%o is refused', (options) => {
  expect(() => disentangledRow(options)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
})

/** Of a checkpoint whose tables of distances have these shapes. */
async function askedOf(
  config: Readonly<Record<string, unknown>> & { readonly model_type: string },
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<AttentionPositions | LeftOut | undefined> {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  const read = await readModelConfig(folder)
  const tensor = (name: string, shape: readonly number[]) => ({
    ...{ name, shape, dtype: 'F32', offset: 0, byteLength: 0, path: folder },
  })
  return attentionPositions(
    {
      config: read,
      recipe: recipeOf(read.modelType),
      tensors: {
        ...{ token: tensor('wte', [2, 2]), isHead: false, others: [] },
        find: (name) => (Object.hasOwn(shapes, name) ? tensor(name, shapes[name]!) : undefined),
      },
    },
    3,
  )
}

const sizes = { num_attention_heads: 2, relative_attention: true, pos_att_type: 'c2p|p2c' }
const table = 'encoder.rel_embeddings.weight'
const norm = { 'encoder.LayerNorm.weight': [8], 'encoder.LayerNorm.bias': [8] }

test('DeBERTa v3 norms its table of buckets and shares the projections of its layers', async () => {
  const v3 = { norm_rel_ebd: 'layer_norm', share_att_key: true, position_buckets: 4, layer_norm_eps: 1e-5 }
  const asked = await askedOf({ model_type: 'deberta-v2', ...sizes, ...v3 }, { [table]: [8, 8], ...norm })
  expect(asked).toMatchObject({
    kind: 'disentangled',
    sizes: {
      ...{ contextLength: 3, headDim: 4, maxDistance: 512, buckets: 4, terms: 3, shared: true },
      ...{ contentToPosition: true, positionToContent: true, epsilon: 1e-5 },
    },
    tensors: [{ name: 'disentangled.rows', shape: [5], data: Float32Array.of(2, 3, 4, 5, 6) }],
    stored: [table, ...Object.keys(norm)],
    formula: expect.stringContaining('attention.self.key_proj'),
  })
})

test('DeBERTa v1 has a row for each distance, projections of its own and no norm', async () => {
  const v1 = {
    max_relative_positions: 2,
    norm_rel_ebd: 'layer_norm',
    share_att_key: true,
    position_buckets: 7,
  }
  const only = { ...sizes, pos_att_type: ['p2c', 'p2p'] }
  const asked = await askedOf({ model_type: 'deberta', ...only, ...v1 }, { [table]: [4, 8] })
  expect(asked).toMatchObject({
    sizes: { maxDistance: 2, terms: 3, contentToPosition: false, positionToContent: true, shared: false },
    tensors: [{ data: Float32Array.of(0, 1, 2, 3, 3) }],
    stored: [table],
    formula: expect.stringContaining('attention.self.pos_q_proj'),
  })
  expect((asked as AttentionPositions).sizes).not.toHaveProperty('buckets')
})

test.each([{ relative_attention: false }, { pos_att_type: [] }, { pos_att_type: null }])(
  'a DeBERTa with %o has no positions inside attention',
  async (more) => {
    expect(
      await askedOf({ model_type: 'deberta-v2', ...sizes, ...more }, { [table]: [4, 8] }),
    ).toBeUndefined()
  },
)

test.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, readonly number[]>>]>([
  ['has no encoder.rel_embeddings.weight', {}, {}],
  ['has no encoder.LayerNorm', { norm_rel_ebd: 'layer_norm' }, { [table]: [1024, 8] }],
  ['has 6 rows, config.json asks for 1024', {}, { [table]: [6, 8] }],
  ['1 buckets', { position_buckets: 1 }, { [table]: [2, 8] }],
  ['600 buckets', { position_buckets: 600, max_relative_positions: 300 }, { [table]: [1200, 8] }],
  ['distances of 1000000000', { max_relative_positions: 1e9 }, { [table]: [6, 8] }],
  ['heads of no width', { num_attention_heads: 3 }, { [table]: [1024, 8] }],
])('what %s is named', async (why, more, shapes) => {
  expect(await askedOf({ model_type: 'deberta-v2', ...sizes, ...more }, shapes)).toEqual({
    leftOut: expect.stringContaining(why),
  })
})
