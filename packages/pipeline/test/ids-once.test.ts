import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDataLoader } from '@sluice/dataloader'
import {
  exportDataset,
  folderStorage,
  openDataset,
  resolveLayout,
  verifyDataset,
  writeDataset,
  type Dataset,
  type WindowBatch,
} from '@sluice/dataset'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recomputeWindows, resolveRunConfig, runLocally, type RunOptions } from '../src/index.ts'
import { anyWindows } from './any-windows.ts'
import { readRows } from './dataset-rows.ts'
import { writeSources } from './run-folder.ts'

const text = readFileSync(theVerdict, 'utf8')

const anyText = fc
  .array(fc.constantFrom('the ', 'cat ', 'sat.', '\n\n', '<|endoftext|>', ' 日本語', "'s ", 'x'), {
    maxLength: 12,
  })
  .map((words) => words.join(''))

const anyOptions = fc.record({
  ...anyWindows,
  idType: fc.constantFrom('int32', 'uint16'),
  shuffle: fc.option(fc.record({ seed: fc.integer({ min: 0, max: 9 }) }), { nil: undefined }),
  embeddings: fc.constantFrom('none', 'none', 'lazy', 'full'),
})

/** Runs one corpus both ways; undefined where it gives no window. */
async function runBoth(
  corpus: readonly string[],
  given: Partial<RunOptions>,
): Promise<readonly [string, string] | undefined> {
  const root = temporaryFolder()
  const [twice, once] = [join(root, 'twice'), join(root, 'once')]
  const run = (out: string, ids: 'once' | 'twice'): Promise<unknown> =>
    runLocally({ config: resolveRunConfig({ corpus, dim: 2, ...given, ids }), out })
  const made = await run(twice, 'twice').then(
    () => true,
    (error: unknown) => {
      expect(error).toMatchObject({ code: 'too-short' })
      return false
    },
  )
  if (!made) return undefined
  await run(once, 'once')
  return [twice, once]
}

/** What exports wrote, by name. */
function filesOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  )
}

/** Ids, targets and embeddings of a batch as bytes. */
const contentOf = ({ inputIds, targetIds, inputsEmbeds }: WindowBatch): readonly unknown[] => [
  [...inputIds],
  [...targetIds],
  inputsEmbeds && [...inputsEmbeds],
]

async function batchesOf(dataset: Dataset): Promise<readonly unknown[]> {
  const order = { batchSize: 3, shuffle: 'keyed', seed: 5, dropLast: false } as const
  await using loader = await createDataLoader(dataset, order)
  const batches: unknown[] = []
  for await (const { inputIds, targetIds, inputsEmbeds } of loader)
    batches.push([[...inputIds], [...targetIds], inputsEmbeds && [...inputsEmbeds]])
  return batches
}

test('every reader and export gives of ids that are kept once what it gives of two columns', async () => {
  let filled = 0
  await fc.assert(
    fc.asyncProperty(fc.array(anyText, { minLength: 1, maxLength: 5 }), anyOptions, async (texts, given) => {
      const narrow = given.tail === 'pad' ? { idType: 'int32' as const } : {}
      const { shuffle, ...windows } = { ...given, ...narrow }
      const corpus = writeSources(temporaryFolder(), [{ jsonl: texts }])
      const both = await runBoth(corpus, { ...windows, ...(shuffle && { shuffle }) })
      if (both === undefined) return
      const [twice, once] = both
      expect(await readRows(once)).toEqual(await readRows(twice))
      await using expected = await openDataset(twice)
      await using dataset = await openDataset(once)
      if (dataset.layout.fillId !== undefined) filled++
      const into = await dataset.read(0)
      for (const row of new Set([0, dataset.length >> 1, dataset.length - 1])) {
        const stored = contentOf(await expected.read(row))
        expect(contentOf(await dataset.read(row, 1, { into }))).toEqual(stored)
        expect(contentOf(dataset.readSync(row))).toEqual(stored)
      }
      expect(await batchesOf(dataset)).toEqual(await batchesOf(expected))
      const root = temporaryFolder()
      for (const to of ['npy', 'tokens'] as const) {
        await exportDataset(dataset, {
          to,
          out: join(root, `${to}-once`),
          ...(to === 'tokens' && { unit: 'window' }),
        })
        await exportDataset(expected, {
          to,
          out: join(root, `${to}-twice`),
          ...(to === 'tokens' && { unit: 'window' }),
        })
        expect(filesOf(join(root, `${to}-once`))).toEqual(filesOf(join(root, `${to}-twice`)))
      }
      const options = { roots: corpus, signal: new AbortController().signal }
      await using recomputed = await recomputeWindows(dataset, options)
      const deep = { windows: dataset.length, recompute: recomputed.recompute }
      expect((await verifyDataset(folderStorage(once), { deep })).problems).toEqual([])
    }),
    { numRuns: Number(process.env['RUNS'] ?? 8) },
  )
  expect(filled).toBeGreaterThan(0)
})

test('parts hold each id of a window once, the targets of the filling as -100', async () => {
  const corpus = writeSources(temporaryFolder(), [{ txt: text.slice(0, 420) }])
  const [twice, once] = (await runBoth(corpus, { maxLength: 16, embeddings: 'none', tail: 'pad' }))!
  await using expected = await openDataset(twice)
  await using dataset = await openDataset(once)
  expect(dataset.layout).toMatchObject({ ids: 'once', fillId: 50256 })
  const { windowIds, rows } = await dataset.read(0, dataset.length)
  const { inputIds, targetIds } = await expected.read(0, expected.length)
  expect(windowIds!.length).toBe(17 * rows)
  const last = (rows - 1) * 16
  expect(windowIds!.subarray((rows - 1) * 17 + 1)).toEqual(targetIds.subarray(last))
  expect(targetIds.at(-1)).toBe(-100)
  expect(inputIds.at(-1)).toBe(50256)
  const bytes = (of: Dataset): number => of.manifest.totals.byteLength
  expect(bytes(expected) - bytes(dataset)).toBeGreaterThan(15 * 4 * rows - 1024)
})

test('hf and parquet exports have inputs and targets, whatever the parts have', async () => {
  const corpus = writeSources(temporaryFolder(), [{ txt: text.slice(0, 600) }])
  const [twice, once] = (await runBoth(corpus, { maxLength: 8, embeddings: 'full', tail: 'pad' }))!
  const root = temporaryFolder()
  for (const [folder, name] of [
    [twice, 'twice'],
    [once, 'once'],
  ] as const) {
    await using dataset = await openDataset(folder)
    await exportDataset(dataset, { to: 'parquet', out: join(root, name) })
    await exportDataset(dataset, { to: 'hf', out: join(root, `hf-${name}`), labels: true })
  }
  expect(filesOf(join(root, 'once'))).toEqual(filesOf(join(root, 'twice')))
  const { 'state.json': _state, ...hf } = filesOf(join(root, 'hf-once'))
  expect(filesOf(join(root, 'hf-twice'))).toMatchObject(hf)
})

test('what cannot be kept once is refused by name', async () => {
  const packed: RunOptions = {
    ...({ corpus: ['a'], packing: 'best-fit', boundary: 'document', tail: 'pad' } as const),
    ...({ documents: 'ids', positions: 'restart' } as const),
  }
  expect(() => resolveRunConfig({ ...packed, ids: 'once' })).toThrow(
    'Expected `ids` to be twice with `packing`, got "once"',
  )
  const layout = { maxLength: 2, vocabSize: 9 } as const
  expect(() => resolveLayout({ ...layout, ids: 'once', pieces: true })).toThrow('Expected `ids` to be twice')
  expect(() => resolveLayout({ ...layout, fillId: 1 })).toThrow("Expected `fillId` with `ids: 'once'` only")
  expect(() => resolveLayout({ ...layout, ids: 'once', fillId: 9 })).toThrow('to be in [0, 9)')
  expect(() => resolveLayout({ ...layout, ids: 'once', fillId: 1, idType: 'uint16' })).toThrow('int32 with')
})

test('a dataset that is written from ids may keep them once, filled up or not', async () => {
  const root = temporaryFolder()
  const ids = [5, 1, 2, 3, 4]
  for (const tail of ['drop', 'pad'] as const) {
    const out = join(root, tail)
    const layout = { maxLength: 3, vocabSize: 9, ids: 'once' } as const
    await writeDataset({ ids, out, layout, tail, endOfTextId: 8, separator: 'none' })
    await using dataset = await openDataset(out)
    const { inputIds, targetIds } = await dataset.read(0, dataset.length)
    expect([...inputIds]).toEqual(tail === 'drop' ? [5, 1, 2] : [5, 1, 2, 3, 4, 8])
    expect([...targetIds]).toEqual(tail === 'drop' ? [1, 2, 3] : [1, 2, 3, 4, -100, -100])
    expect((await verifyDataset(folderStorage(out))).problems).toEqual([])
  }
})
