import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderStorage, openDocuments, verifyDataset, type DocumentRowBatch } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { getEncoding } from '@sluice/tokenizer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recomputeDocuments, resolveRunConfig, runLocally } from '../src/index.ts'
import { writeSources } from './run-folder.ts'

const gpt2 = await getEncoding('gpt2')
const endOfText = 50_256

const anyText = fc
  .array(fc.constantFrom('the ', 'cat ', 'sat.', '\n\n', ' 日本語', "'s ", 'x', 'é'), {
    minLength: 1,
    maxLength: 12,
  })
  .map((words) => words.join(''))

const anySources = fc.array(
  fc.oneof(
    fc.record({ txt: anyText }),
    fc.record({ jsonl: fc.array(anyText, { minLength: 1, maxLength: 6 }) }),
  ),
  { minLength: 1, maxLength: 4 },
)

const anyOptions = fc.record({
  separator: fc.constantFrom('after', 'none'),
  bosId: fc.constantFrom(null, '7'),
  // What stands around a document is two ids at most.
  maxLength: fc.integer({ min: 3, max: 12 }),
  idType: fc.constantFrom('int32', 'uint16'),
  embeddings: fc.constantFrom('none', 'lazy', 'full'),
})

type Given = typeof anyOptions extends fc.Arbitrary<infer T> ? T : never

/** The ids of one row, the obvious way. */
function idsOf(text: string, { separator, bosId, maxLength }: Given): number[] {
  const before = bosId === null ? [] : [Number(bosId)]
  const after = separator === 'after' ? [endOfText] : []
  const ids = [...before, ...gpt2.encode(text), ...after]
  return ids.length <= maxLength ? ids : [...ids.slice(0, maxLength - after.length), ...after]
}

const manifestOf = (out: string): string => readFileSync(join(out, 'manifest.json'), 'utf8')

/** Rows apart from each other, as plain numbers. */
function rowsOf({ rows, offsets, ...batch }: DocumentRowBatch, dim: number): readonly object[] {
  return Array.from({ length: rows }, (_, row) => ({
    ids: [...batch.inputIds!.subarray(offsets[row], offsets[row + 1])],
    vectors: batch.inputsEmbeds && [
      ...batch.inputsEmbeds.subarray(offsets[row]! * dim, offsets[row + 1]! * dim),
    ],
    document: Number(batch.document[row]),
    source: batch.source[row],
    from: Number(batch.byteStart[row]),
    to: Number(batch.byteEnd[row]),
  }))
}

test('each document is a row with its ids, its vectors and where it is from, whatever the threads and segments', async () => {
  let cut = 0
  await fc.assert(
    fc.asyncProperty(anySources, anyOptions, async (sources, given) => {
      const folder = temporaryFolder()
      const corpus = writeSources(folder, sources)
      const config = resolveRunConfig({ corpus, dim: 2, per: 'document', ...given })
      const out = join(folder, 'out')
      await runLocally({ config, out, threads: 1 })
      const texts = sources.flatMap((source, place) =>
        ('txt' in source ? [source.txt] : source.jsonl).map((text) => ({ text, place })),
      )
      await using dataset = await openDocuments(out)
      expect(dataset.length).toBe(texts.length)
      const rows = rowsOf(await dataset.read(0, dataset.length), 2)
      for (const [row, { text, place }] of texts.entries()) {
        const ids = idsOf(text, given)
        expect(rows[row]).toMatchObject({ ids, document: row, source: place })
      }
      const whole = texts.map(({ text }) => idsOf(text, { ...given, maxLength: 1000 }).length)
      const lost = whole.reduce((sum, length) => sum + Math.max(0, length - given.maxLength), 0)
      if (lost > 0) cut++
      expect(dataset.manifest.dropped['truncated-tokens'] ?? 0).toBe(lost)
      expect(dataset.manifest.dropped['truncated-documents'] ?? 0).toBe(
        whole.filter((length) => length > given.maxLength).length,
      )
      // One row after the other, and a batch after the other, are the same rows.
      const single: object[] = []
      for (let row = 0; row < dataset.length; row++) single.push(...rowsOf(await dataset.read(row), 2))
      expect(single).toEqual(rows)
      const batches: object[] = []
      for await (const batch of dataset.batches()) batches.push(...rowsOf(batch, 2))
      expect(batches).toEqual(rows)
      const again = join(folder, 'again')
      await runLocally({ config, out: again, threads: 2, segmentBytes: 7 })
      expect(manifestOf(again)).toBe(manifestOf(out))
      await using recomputed = await recomputeDocuments(dataset, {
        roots: corpus,
        signal: new AbortController().signal,
      })
      const deep = { documents: dataset.length, recompute: recomputed.recompute }
      expect((await verifyDataset(folderStorage(out), { deep })).problems).toEqual([])
    }),
    { numRuns: Number(process.env['RUNS'] ?? 10) },
  )
  expect(cut).toBeGreaterThan(0)
})

test('the bytes that a .txt row names are those of its text, also of a document of many blocks', async () => {
  const folder = temporaryFolder()
  const long = 'The cat sat on the mat, and then it went on. '.repeat(9000)
  const corpus = writeSources(folder, [{ txt: long }, { txt: 'short' }])
  const config = resolveRunConfig({
    ...({ corpus, dim: 2, per: 'document', embeddings: 'none' } as const),
    maxLength: 80_000,
  })
  const out = join(folder, 'out')
  await runLocally({ config, out, threads: 1, segmentBytes: 50_000 })
  await using dataset = await openDocuments(out)
  const { inputIds, offsets, byteStart, byteEnd } = await dataset.read(0, 2)
  const ids = gpt2.encode(long)
  expect(ids.length).toBeGreaterThan(80_000)
  expect([...inputIds!.subarray(0, 80_000)]).toEqual([...ids.slice(0, 80_000)])
  expect([...offsets]).toEqual([0, 80_000, 80_001])
  expect(byteStart).toEqual(BigInt64Array.of(0n, 0n))
  expect(byteEnd).toEqual(BigInt64Array.of(BigInt(gpt2.decode(ids.slice(0, 80_000)).length), 5n))
})
