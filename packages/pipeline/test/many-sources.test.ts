import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeSourceList } from '@sluice/dataset'
import { seededRandom, temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  cutCorpus,
  openCorpus,
  planRun,
  resolveRunConfig,
  runLocally,
  type PlannedSource,
} from '../src/index.ts'
import { growParts } from '../src/plan/grow-parts.ts'
import { cutSources } from '../src/sources/cut-corpus.ts'

const tokenizer = { name: 'gpt2', vocabSize: 50257, endOfTextId: 50256, sha256: 'a'.repeat(64) }
const sourcesOf = (
  sizes: readonly number[],
  compression: PlannedSource['compression'] = 'none',
): PlannedSource[] =>
  sizes.map((byteLength, index) => ({
    name: `${index}.jsonl`,
    byteLength,
    sha256: 'b'.repeat(64),
    format: 'jsonl',
    compression,
  }))

test('a corpus of any size has no more than about 20,000 parts, and a small one the parts that it always had', () => {
  const config = resolveRunConfig({ corpus: ['x'], maxLength: 2048, embeddings: 'none' })
  const partsOf = (sources: readonly PlannedSource[], idsPerByte: number): number => {
    const plan = growParts(planRun(config, tokenizer, sources), sources)
    expect(plan.windowsPerPart % plan.layout.rowsPerBatch).toBe(0)
    const text = sources.reduce((sum, { byteLength }) => sum + byteLength, 0)
    return (text * idsPerByte) / 2048 / plan.windowsPerPart
  }
  for (const bytes of [1e9, 1e12, 1e13, 1e14, 1e15])
    expect(partsOf(sourcesOf([bytes]), 1 / 4)).toBeLessThan(16_500)
  expect(partsOf(sourcesOf([1e14], 'zstd'), 1)).toBeLessThan(16_500)
  const small = planRun(config, tokenizer, sourcesOf([1e11]))
  expect(growParts(small, sourcesOf([1e11]))).toBe(small)
})

test('however sources are sized, each is in one task or cut by itself, and there are at most about 20,000 tasks', async () => {
  const random = seededRandom(7)
  for (const [count, scale] of [
    [1, 1e13],
    [3, 1e9],
    [30_000, 1e9],
    [100_000, 1e7],
    [200_000, 100],
  ] as const) {
    const sizes = Array.from({ length: count }, () => Math.floor(scale * random() ** 4))
    for (const compression of ['none', 'gzip'] as const) {
      const sources = sourcesOf(sizes, compression)
      const segments = await cutSources(sources, 8 << 20, async (source, targetBytes) =>
        Array.from({ length: Math.ceil(sizes[source]! / targetBytes) }, () => ({
          ...{ source, segment: { kind: 'whole' } as const },
          byteLength: targetBytes,
        })),
      )
      expect(segments.length).toBeLessThanOrEqual(20_000 + 1)
      let next = 0
      for (const { source, count: members = 1 } of segments) {
        // Empty sources alone have no segment, and a cut one has several.
        expect(source).toBeGreaterThanOrEqual(next - 1)
        expect(sizes.slice(next, source).every((size) => size === 0)).toBe(true)
        next = source + members
      }
    }
  }
})

test('small columnar files share a task, and give the rows of each read alone', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'corpus'))
  for (let file = 0; file < 12; file++) {
    // An Arrow file with a column of texts.
    const texts = Array.from(
      { length: 5 + file },
      (_, row) => `file ${file} has row ${row}, ${'so '.repeat(row)}and ends`,
    )
    const [list] = makeSourceList(
      texts.map((name) => ({ name, byteLength: 1, sha256: 'c'.repeat(64), format: '', compression: '' })),
    ).files
    writeFileSync(join(folder, 'corpus', `${String(file).padStart(2, '0')}.arrow`), list!.bytes)
  }
  const config = resolveRunConfig({
    ...{
      corpus: [join(folder, 'corpus')],
      textField: 'name',
      maxLength: 8,
      embeddings: 'none',
      documents: 'ids',
    },
  })
  const corpus = await openCorpus(config, { path: join(folder, 'unused') })
  const counts: number[] = []
  for (const segmentBytes of [1, 8 << 20]) {
    counts.push((await cutCorpus(corpus, segmentBytes)).length)
    await runLocally({ config, out: join(folder, `by-${segmentBytes}`), threads: 1, segmentBytes })
  }
  expect(counts).toEqual([12, 1])
  const partsOf = (out: string): readonly string[] =>
    readdirSync(join(folder, out, 'parts')).map((name) =>
      readFileSync(join(folder, out, 'parts', name)).toString('base64'),
    )
  expect(partsOf('by-1')).toEqual(partsOf(`by-${8 << 20}`))
  expect(readFileSync(join(folder, 'by-1/manifest.json'))).toEqual(
    readFileSync(join(folder, `by-${8 << 20}/manifest.json`)),
  )
})
