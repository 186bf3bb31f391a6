import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderStorage, openDataset, verifyDataset, type WindowBatch } from '@sluice/dataset'
import { loadTable, sinusoidalTable, writeSafetensors } from '@sluice/embedding'
import { temporaryFolder } from '@sluice/testing'
import { encodeBfloat16 } from '@sluice/torch-random'
import { expect, test } from 'vitest'
import { recomputeWindows, resolveRunConfig, runLocally, type RunOptions } from '../src/index.ts'

const text = 'I had always thought Jack Gisburn rather a cheap genius, though a good fellow enough. '.repeat(
  3,
)
const rows = 50_257
const dim = 4

/** Values that bfloat16 holds exactly. */
const tokenValues = Float32Array.from({ length: rows * dim }, (_, i) => ((i * 7) % 251) / 64 - 2)
const positionValues = Float32Array.from({ length: 9 * dim }, (_, i) => (i % 17) / 8)

interface Place {
  readonly folder: string
  readonly corpus: string
  readonly tables: string
}

async function place(
  options: { readonly bf16?: boolean; readonly positions?: boolean } = {},
): Promise<Place> {
  const folder = temporaryFolder()
  const corpus = join(folder, 'text.txt')
  writeFileSync(corpus, text)
  const tables = join(folder, 'tables.safetensors')
  const token = options.bf16 === true ? new Uint16Array(tokenValues.length) : tokenValues
  if (token instanceof Uint16Array) encodeBfloat16(tokenValues, token)
  await writeSafetensors(tables, [
    { name: 'wte.weight', dtype: options.bf16 === true ? 'BF16' : 'F32', shape: [rows, dim], data: token },
    ...(options.positions === false
      ? []
      : [{ name: 'wpe.weight', dtype: 'F32' as const, shape: [9, dim], data: positionValues }]),
  ])
  return { folder, corpus, tables }
}

async function run({ folder, corpus, tables }: Place, options: Partial<RunOptions>): Promise<string> {
  const out = join(folder, `out-${Math.random()}`)
  const config = resolveRunConfig({ ...{ corpus: [corpus], tables, maxLength: 6 }, ...options })
  await runLocally({ config, out, threads: 1 })
  return out
}

async function readAll(out: string): Promise<WindowBatch> {
  await using dataset = await openDataset(out)
  return dataset.read(0, dataset.length)
}

/** What torch computes: each product and each sum rounded to float32. */
function slowly(
  ids: ArrayLike<number>,
  scale: number,
  positionOf: ((position: number, column: number) => number) | undefined,
): Float32Array {
  const factor = Math.fround(scale)
  return Float32Array.from({ length: ids.length * dim }, (_, i) => {
    const at = Math.floor(i / dim)
    const value = Math.fround(tokenValues[ids[at]! * dim + (i % dim)]! * factor)
    return positionOf === undefined ? value : value + positionOf(at % 6, i % dim)
  })
}

const { weight: waves } = sinusoidalTable({ contextLength: 6, embeddingDim: dim })
const learned = (position: number, column: number): number => positionValues[position * dim + column]!

test.each([
  ['learned positions', {}, learned],
  ['bfloat16 rows', { bf16: true }, learned],
  ['no positions', { positionEncoding: 'none' }, undefined],
  ['sinusoidal positions', { positionEncoding: 'sinusoidal' }, (p: number, c: number) => waves[p * dim + c]!],
  ['a factor', { scale: 1.7 }, learned],
] as const)('a run with given tables and %s has the sums, full and lazy', async (_, given, positionOf) => {
  const { bf16, ...options } = { bf16: false, ...given }
  const made = await place({ bf16 })
  const full = await run(made, options)
  const { inputIds, inputsEmbeds } = await readAll(full)
  expect(inputsEmbeds).toEqual(slowly(inputIds, 'scale' in options ? options.scale : 1, positionOf))
  const lazy = await run(made, { ...options, embeddings: 'lazy' })
  expect((await readAll(lazy)).inputsEmbeds).toEqual(inputsEmbeds)
  await using dataset = await openDataset(full)
  await using again = await recomputeWindows(dataset, {
    roots: [made.folder],
    signal: new AbortController().signal,
  })
  const deep = { windows: 3, recompute: again.recompute }
  expect((await verifyDataset(folderStorage(full), { deep })).problems).toEqual([])
})

test('the tables of a dataset, taken as given tables, give the same rows', async () => {
  const made = await place()
  const drawn = join(made.folder, 'drawn')
  const config = resolveRunConfig({ corpus: [made.corpus], maxLength: 6, dim: 4 })
  await runLocally({ config, out: drawn, threads: 1 })
  const again = await run({ ...made, tables: join(drawn, 'tables/tables.safetensors') }, {})
  expect((await readAll(again)).inputsEmbeds).toEqual((await readAll(drawn)).inputsEmbeds)
})

test('drawn tables are drawn the same whatever the positions', async () => {
  const made = await place()
  const tables: Float32Array[] = []
  for (const positionEncoding of ['learned', 'none', 'sinusoidal'] as const) {
    const out = join(made.folder, positionEncoding)
    const config = resolveRunConfig({ corpus: [made.corpus], maxLength: 6, dim: 4, positionEncoding })
    await runLocally({ config, out, threads: 1 })
    tables.push((await loadTable(join(out, 'tables/tables.safetensors'))).weight)
  }
  expect(tables[1]).toEqual(tables[0])
  expect(tables[2]).toEqual(tables[0])
})

test('a plan knows given tables by their content', async () => {
  const made = await place()
  const planOf = async (out: string): Promise<string> => {
    await using dataset = await openDataset(out)
    return dataset.manifest.planId
  }
  const first = await planOf(await run(made, {}))
  expect(await planOf(await run(made, {}))).toBe(first)
  const other = await place()
  expect(await planOf(await run({ ...made, tables: other.tables }, {}))).toBe(first)
  expect(await planOf(await run(made, { scale: 2 }))).not.toBe(first)
})

test.each<[string, Partial<RunOptions>, RegExp, boolean]>([
  [
    'no positions to learn',
    {},
    /table of positions beside wte\.weight.*positionTensor.*positionEncoding/,
    false,
  ],
  ['another name', { tokenTensor: 'x' }, /no tensor named x.*wte\.weight \[50257, 4\]/, true],
  ['another width', { dim: 5 }, /dim.*left out or 4/, true],
  ['too few positions', { maxLength: 10 }, /wpe\.weight.*at least 10 rows/, true],
  ['a larger vocabulary', { encoding: 'cl100k_base' }, /at most 50257 ids.*got 100277/, true],
  ['a seed', { seed: 5 }, /seed.*left out with tables/, true],
])('%s is refused', async (_, options, message, positions) => {
  await expect(run(await place({ positions }), options)).rejects.toThrow(message)
})
