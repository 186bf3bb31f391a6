import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDataset } from '@sluice/dataset'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { getEncoding } from '@sluice/tokenizer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunOptions } from '../src/index.ts'
import { anyWindows } from './any-windows.ts'
import { readRows } from './dataset-rows.ts'
import { writeFiles, writeSources } from './run-folder.ts'
import { isInSplit, slowRun, type SlowSource } from './slow-run.ts'

const gpt2 = await getEncoding('gpt2')

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc
    .array(fc.constantFrom('the ', 'cat ', 'sat.', '\n\n', '<|endoftext|>', ' 日本語', "'s ", '  ', '\ufffd'))
    .map((words) => words.join('')),
)

const anySource: fc.Arbitrary<SlowSource> = fc.oneof(
  fc.record({ txt: anyText }),
  fc.record({ jsonl: fc.array(anyText, { minLength: 1, maxLength: 5 }) }),
  fc.record({ csv: fc.array(anyText, { minLength: 1, maxLength: 5 }) }),
)

const anyOptions = fc.record({
  ...anyWindows,
  shuffle: fc.option(fc.record({ seed: fc.integer({ min: 0, max: 9 }) })),
} as const) satisfies fc.Arbitrary<Partial<RunOptions>>

/** Packing takes some of the other options as a condition. */
const packed = {
  packing: 'best-fit',
  boundary: 'document',
  tail: 'pad',
  positions: 'restart',
} as const satisfies Partial<RunOptions>

test('rows are those of the obvious one-pass version, for any sources, settings and segments', async () => {
  const root = temporaryFolder()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(anySource, { minLength: 1, maxLength: 4 }),
      anyOptions,
      fc.constantFrom(1, 7, 40, 1e6),
      fc.boolean(),
      fc.boolean(),
      async (sources, given, segmentBytes, pack, narrow) => {
        const folder = join(root, String(++runs))
        mkdirSync(folder)
        const corpus = writeSources(folder, sources)
        const documents = given.documents === 'none' ? 'ids' : given.documents
        const windows = pack ? { ...given, ...packed, stride: given.maxLength, documents } : given
        const idType = narrow && windows.tail !== 'pad' ? 'uint16' : 'int32'
        const config = resolveRunConfig({
          corpus,
          ...windows,
          idType,
          embeddings: 'none',
          invalid: 'replace',
        })
        const expected = slowRun(sources, gpt2, config)
        const out = join(folder, 'out')
        const outcome = runLocally({ config, out, segmentBytes })
        if (expected.windows.length === 0) {
          await expect(outcome).rejects.toMatchObject({ code: 'too-short' })
          expect(readdirSync(folder)).not.toContain('out')
          return
        }
        const { dropped } = await outcome
        expect(await readRows(out)).toEqual(expected.windows)
        expect(dropped['short-tail-tokens'] ?? 0).toBe(expected.tailTokens)
        expect(dropped['short-documents'] ?? 0).toBe(expected.shortDocuments)
        await using dataset = await openDataset(out)
        expect(dataset.manifest.totals.documents).toBe(expected.documents)
      },
    ),
    { numRuns: Number(process.env['RUNS'] ?? 40) },
  )
})

test('narrow ids beside embeddings are those of the wide ones', async () => {
  const folder = temporaryFolder()
  const corpus = writeSources(folder, [{ txt: 'Narrow ids are half as long. '.repeat(40) }])
  const rows = []
  for (const idType of ['int32', 'uint16'] as const) {
    const out = join(folder, idType)
    await runLocally({ config: resolveRunConfig({ corpus, maxLength: 8, dim: 2, idType }), out })
    await using dataset = await openDataset(out)
    const { inputIds, targetIds, inputsEmbeds } = await dataset.read(0, dataset.length)
    rows.push({ inputIds: [...inputIds], targetIds: [...targetIds], inputsEmbeds })
  }
  expect(rows[1]).toEqual(rows[0])
})

test('a window filled up gives every id but the first of a document as a target once', async () => {
  const root = temporaryFolder()
  const [corpus] = writeFiles(root, ['one two three four five six seven eight nine ten'])
  const config = resolveRunConfig({
    corpus: [corpus!],
    maxLength: 4,
    boundary: 'document',
    tail: 'pad',
    embeddings: 'none',
  })
  await runLocally({ config, out: join(root, 'out') })
  const rows = await readRows(join(root, 'out'))
  const ids = [...gpt2.encode('one two three four five six seven eight nine ten')]
  expect(rows.flatMap(({ targetIds }) => targetIds).filter((id) => id !== -100)).toEqual(ids.slice(1))
  expect(rows.at(-1)!.inputIds).toEqual([...ids.slice(8), 50256, 50256])
  expect(rows.at(-1)!.targetIds).toEqual([ids[9], -100, -100, -100])
})

test.each([
  ['cross', 'the corpus: 2 ids are left over'],
  ['document', '001.txt, the document at 0: 2 ids are left over'],
] as const)('the error about a short tail names the text, with boundary %s', async (boundary, message) => {
  const root = temporaryFolder()
  const corpus = writeFiles(root, ['one two three', 'one two three four five'])
  const config = resolveRunConfig({
    corpus,
    maxLength: 2,
    stride: 4,
    boundary,
    tail: 'error',
    embeddings: 'none',
  })
  await expect(runLocally({ config, out: join(root, 'out') })).rejects.toThrow(message)
  expect(readdirSync(root)).not.toContain('out')
})

test('the bytes do not depend on threads and segments, whatever the windows', async () => {
  const root = temporaryFolder()
  const verdict = readFileSync(theVerdict, 'utf8')
  const lines = Array.from({ length: 4000 }, (_, line) =>
    verdict.slice(line, line + 200 + ((line * 37) % 2000)),
  )
  // Above the size that is done inline.
  const corpus = writeSources(root, [
    { txt: verdict.repeat(40) },
    { jsonl: lines },
    { txt: verdict.slice(0, 9999) },
  ])
  const settings = [
    { boundary: 'document', tail: 'pad', documents: 'boundaries', shuffle: { seed: 7 } },
    { ...packed, stride: 64, documents: 'ids', shuffle: { seed: 1 } },
    { boundary: 'cross', tail: 'drop', documents: 'ids', positions: 'restart', embeddings: 'full', dim: 4 },
  ] as const
  for (const [setting, given] of settings.entries()) {
    const config = resolveRunConfig({ corpus, maxLength: 64, stride: 50, embeddings: 'none', ...given })
    const manifests = new Set<string>()
    for (const [threads, segmentBytes] of [
      [1, 1e9],
      [2, 200_000],
    ] as const) {
      const out = join(root, `${setting}-${threads}`)
      await runLocally({ config, out, threads, segmentBytes })
      manifests.add(readFileSync(join(out, 'manifest.json'), 'utf8'))
    }
    expect(manifests.size).toBe(1)
  }
})

test('each id is embedded at the position that its row states', async () => {
  const root = temporaryFolder()
  const sources = [{ jsonl: ['one two three', 'four five', 'six seven eight nine'] }]
  const config = resolveRunConfig({
    corpus: writeSources(root, sources),
    maxLength: 4,
    dim: 2,
    positions: 'restart',
    tail: 'pad',
  })
  await runLocally({ config, out: join(root, 'full') })
  await runLocally({ config: { ...config, embeddings: 'lazy' }, out: join(root, 'lazy') })
  await using full = await openDataset(join(root, 'full'))
  await using lazy = await openDataset(join(root, 'lazy'))
  const rows = await full.read(0, full.length)
  expect(new Set(rows.positionIds)).toEqual(new Set([0, 1, 2]))
  expect([...rows.positionIds!].filter((position) => position === 0).length).toBeGreaterThan(full.length)
  expect((await lazy.read(0, lazy.length)).inputsEmbeds).toEqual(rows.inputsEmbeds)
})

test('a split puts each document in the dataset its beginning says, whatever the segments', async () => {
  const root = temporaryFolder()
  const verdict = readFileSync(theVerdict, 'utf8')
  const lines = Array.from({ length: 60 }, (_, line) =>
    verdict.slice(line * 50, line * 50 + 300 * (1 + (line % 30))),
  )
  const sources = [{ jsonl: lines }, ...lines.slice(0, 6).map((line) => ({ txt: `${line}!` }))]
  const corpus = writeSources(root, sources)
  const split = { validation: 0.3, seed: 5 }
  const given = {
    maxLength: 32,
    boundary: 'document',
    tail: 'pad',
    separator: 'after',
    embeddings: 'none',
  } as const
  const config = resolveRunConfig({ corpus, ...given, split })
  for (const segmentBytes of [1000, 1e6]) {
    const out = join(root, String(segmentBytes))
    await runLocally({ config, out, segmentBytes })
    for (const name of ['train', 'validation'] as const) {
      const isIn = (text: string): boolean => isInSplit(text, split, name)
      const expected = slowRun(sources, gpt2, config, isIn).windows
      expect(expected.length).toBeGreaterThan(10)
      expect(await readRows(join(out, name))).toEqual(expected)
    }
    expect(await runLocally({ config, out })).toMatchObject({ alreadyDone: true })
    expect(readdirSync(out).toSorted()).toEqual(['train', 'validation'])
  }
  const manifests = ['1000', '1000000'].map((name) =>
    readFileSync(join(root, name, 'train/manifest.json'), 'utf8'),
  )
  expect(manifests[0]).toBe(manifests[1])
})

test('a split that leaves one side empty says so', async () => {
  const root = temporaryFolder()
  const config = resolveRunConfig({ corpus: [theVerdict], embeddings: 'none', split: { validation: 0.5 } })
  await expect(runLocally({ config, out: join(root, 'out') })).rejects.toThrow(
    /text in (train|validation) \(the split chooses whole documents\), got none/,
  )
})
