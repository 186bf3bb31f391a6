import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderStorage, openDataset, verifyDataset } from '@sluice/dataset'
import { createEmbeddingTable, createPositionEncoding, writeSafetensors } from '@sluice/embedding'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { Generator } from '@sluice/torch-random'
import { expect, test } from 'vitest'
import { recomputeWindows, resolveRunConfig, runLocally, type RunOptions } from '../src/index.ts'

const shared = { corpus: [theVerdict], maxLength: 16, contextLength: 24, dim: 8 } as const

async function run(options: Partial<RunOptions>): Promise<string> {
  const out = join(temporaryFolder(), 'out')
  await runLocally({ config: resolveRunConfig({ ...shared, ...options }), out, threads: 1 })
  return out
}

/** A tensor of a safetensors file, by the file's layout. */
function readTensor(path: string, name: string): Float32Array {
  const file = readFileSync(path)
  const start = 8 + Number(file.readBigUInt64LE(0))
  const header = JSON.parse(file.toString('utf8', 8, start)) as Readonly<
    Record<string, { readonly data_offsets: readonly [number, number] }>
  >
  const [first, end] = header[name]!.data_offsets
  return new Float32Array(Uint8Array.from(file.subarray(start + first, start + end)).buffer)
}

test.each([
  ['rotary', { heads: 2 }, { kind: 'rotary', contextLength: 24, headDim: 4, base: 10_000 }],
  ['rotary', { heads: 4, positionBase: 500 }, { kind: 'rotary', contextLength: 24, headDim: 2, base: 500 }],
  ['alibi', { heads: 6 }, { kind: 'alibi', numHeads: 6 }],
  ['t5', { heads: 2 }, { kind: 't5', numHeads: 2, numBuckets: 32, maxDistance: 128, bidirectional: true }],
  ['transformer-xl', {}, { kind: 'transformer-xl', keyLength: 24, base: 10_000 }],
  ['relative_key', { heads: 2 }, { kind: 'relative_key', maxDistance: 24, headDim: 4 }],
  ['relative_key_query', { heads: 1 }, { kind: 'relative_key_query', maxDistance: 24, headDim: 8 }],
] as const)(
  '%s positions with %o lie in the dataset with their definition, and nothing is added',
  async (kind, options, config) => {
    const out = await run({ positionEncoding: kind, ...options })
    const plain = await run({ positionEncoding: 'none' })
    await using dataset = await openDataset(out)
    await using without = await openDataset(plain)
    expect((await dataset.read(0, 3)).inputsEmbeds).toEqual((await without.read(0, 3)).inputsEmbeds)

    // The embedding package itself, after the token table of the same generator.
    const generator = new Generator(123n)
    createEmbeddingTable({ numEmbeddings: 50_257, embeddingDim: 8, generator })
    const encoding = createPositionEncoding(config, { embeddingDim: 8, generator })
    const { positions, tables } = dataset.manifest.identities
    const { kind: _, ...sizes } = config
    const { formula, source } = encoding.definition
    const names = encoding.tensors.map(({ name }) => name)
    expect(positions).toEqual({ kind, sizes, tables: names, formula, source })
    expect(tables.map(({ name }) => name)).toEqual(['wte.weight', ...names])
    for (const { name, shape, data } of encoding.tensors) {
      expect(tables.find((table) => table.name === name)?.shape).toEqual(shape)
      expect(readTensor(join(out, 'tables/positions.safetensors'), name)).toEqual(data)
    }

    const roots = [theVerdict]
    await using again = await recomputeWindows(dataset, { roots, signal: new AbortController().signal })
    const deep = { windows: 20, recompute: again.recompute }
    expect((await verifyDataset(folderStorage(out), { deep })).problems).toEqual([])
  },
)

test('a lazy dataset with them reads as the full one, and a changed table is found', async () => {
  const options = { positionEncoding: 'rotary', heads: 2 } as const
  await using full = await openDataset(await run(options))
  const out = await run({ ...options, embeddings: 'lazy' })
  await using lazy = await openDataset(out)
  expect((await lazy.read(0, 3)).inputsEmbeds).toEqual((await full.read(0, 3)).inputsEmbeds)
  const path = join(out, 'tables/positions.safetensors')
  const bytes = readFileSync(path)
  bytes[bytes.length - 1]! ^= 1
  writeFileSync(path, bytes)
  const { problems } = await verifyDataset(folderStorage(out))
  expect(problems.map(({ code, file }) => `${code} ${file}`)).toEqual([
    'wrong-hash tables/positions.safetensors',
  ])
})

test('fixed ones go with tables that were given; learned ones are refused beside them', async () => {
  const folder = temporaryFolder()
  const tables = join(folder, 'tables.safetensors')
  const data = new Float32Array(50_257 * 8).fill(1)
  await writeSafetensors(tables, [{ name: 'wte.weight', dtype: 'F32', shape: [50_257, 8], data }])
  const { dim: _, ...rest } = shared
  const out = join(folder, 'out')
  const config = resolveRunConfig({ ...rest, tables, positionEncoding: 'alibi', heads: 4 })
  await runLocally({ config, out, threads: 1 })
  await using dataset = await openDataset(out)
  expect(dataset.manifest.identities.positions).toMatchObject({ kind: 'alibi', tables: ['alibi.slopes'] })
  const learned = () => resolveRunConfig({ ...rest, tables, positionEncoding: 't5', heads: 4 })
  expect(learned).toThrow(/`tables` to be left out with t5 positions/)
  const uneven = resolveRunConfig({ ...rest, tables, positionEncoding: 'rotary', heads: 3 })
  await expect(runLocally({ config: uneven, out: join(folder, 'no'), threads: 1 })).rejects.toThrow(
    /`dim` to be a multiple of 6/,
  )
})

test.each<[Partial<RunOptions>, RegExp]>([
  [
    { positionEncoding: 'rotary' },
    /`heads` to be the number of attention heads with rotary positions, got nothing/,
  ],
  [
    { positionEncoding: 'rotary', heads: 3 },
    /`dim` to be a multiple of 6 with rotary positions of 3 heads, got 8/,
  ],
  [{ positionEncoding: 'relative_key', heads: 3 }, /`dim` to be a multiple of 3/],
  [{ heads: 2 }, /`heads` to be left out without positions of attention heads, got 2/],
  [{ positionEncoding: 'transformer-xl', heads: 2 }, /`heads` to be left out/],
  [{ positionEncoding: 'alibi', heads: 2, positionBase: 9 }, /`positionBase` to be left out/],
])('%o is refused', (options, message) => {
  expect(() => resolveRunConfig({ ...shared, ...options })).toThrow(message)
})
