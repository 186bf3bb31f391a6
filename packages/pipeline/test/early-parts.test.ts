import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  carryOut,
  cutCorpus,
  identifyPlan,
  LocalRunner,
  openCorpus,
  openRunStorage,
  planCorpus,
  resolveRunConfig,
  RunFolder,
  type RunEvent,
  type RunOptions,
} from '../src/index.ts'
import { filesOf } from './run-folder.ts'

const text = readFileSync(theVerdict, 'utf8')

/** Texts of several segments, several documents in one segment, and an empty text. */
function writeCorpus(): readonly string[] {
  const folder = temporaryFolder()
  const records = text.split('\n').map((line, place) => JSON.stringify({ text: line, url: `u${place}` }))
  const contents = {
    'a.txt': text,
    'b.txt': '',
    'c.jsonl': `${records.join('\n')}\n`,
    'd.txt': text.slice(0, 9000),
  }
  return Object.entries(contents).map(([name, content]) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  })
}

/** Carries a run of parts of 12 rows out; gives the files of the dataset and what was told. */
async function makeDataset(
  options: RunOptions,
  partsEarly: boolean,
): Promise<{ readonly files: Record<string, string>; readonly events: readonly RunEvent[] }> {
  const out = join(temporaryFolder(), 'out')
  const access = { path: out }
  const corpus = await openCorpus(resolveRunConfig(options), access)
  const { plan } = planCorpus(corpus)
  const run = identifyPlan({ ...plan, layout: { ...plan.layout, rowsPerBatch: 4 }, windowsPerPart: 12 })
  const storage = openRunStorage(out)
  const folder = await RunFolder.take(storage, run, [])
  const segments = await cutCorpus(corpus, 3000)
  expect(segments.length).toBeGreaterThan(5)
  const runner = new LocalRunner({ path: out, run, access }, { encoding: corpus.tokenizer.encoding })
  const events: RunEvent[] = []
  const { signal } = new AbortController()
  const onEvent = (event: RunEvent): number => events.push(event)
  try {
    await carryOut({ run, folder, segments, runner, partsEarly, signal, onEvent })
  } finally {
    await runner.close()
  }
  await folder.finish()
  return { files: filesOf(out), events }
}

/** How many parts were made before the corpus was tokenized. */
function countEarly(events: readonly RunEvent[]): number {
  const tokenized = events.findIndex(({ event }) => event === 'tokenized')
  return events.slice(0, tokenized).filter(({ event }) => event === 'part').length
}

const ids: Omit<RunOptions, 'corpus'> = { maxLength: 16, stride: 16, embeddings: 'none' }

test.each<[string, Omit<RunOptions, 'corpus'>]>([
  ['plain windows', ids],
  ['overlapping windows', { ...ids, stride: 5, separator: 'between' }],
  ['windows with gaps, the last filled up', { ...ids, stride: 40, tail: 'pad', separator: 'none' }],
  ['narrow ids, once', { ...ids, ids: 'once', idType: 'uint16' }],
  ['documents and their positions', { ...ids, documents: 'ids', positions: 'restart', separator: 'between' }],
  ['documents of one record, and their beginnings', { ...ids, documents: 'boundaries', keep: ['url'] }],
])('parts that are made while the corpus is tokenized are those made afterwards: %s', async (_, options) => {
  const corpus = writeCorpus()
  const after = await makeDataset({ corpus: [...corpus], ...options }, false)
  const early = await makeDataset({ corpus: [...corpus], ...options }, true)
  expect(countEarly(after.events)).toBe(0)
  expect(countEarly(early.events)).toBeGreaterThan(2)
  expect(early.files).toEqual(after.files)
  const numbers = (events: readonly RunEvent[]): number[] =>
    events.flatMap((event) => (event.event === 'part' ? [event.part] : [])).toSorted((a, b) => a - b)
  expect(numbers(early.events)).toEqual(numbers(after.events))
  const last = early.events.findLast(({ event }) => event === 'progress')
  expect(last).toEqual(after.events.findLast(({ event }) => event === 'progress'))
})

test('parts wait for the whole corpus where their rows depend on it', async () => {
  const corpus = [...writeCorpus()]
  for (const options of [
    { shuffle: { seed: 3 } },
    { boundary: 'document' },
    { embeddings: 'lazy', dim: 2 },
  ] as const) {
    const { events } = await makeDataset({ corpus, ...ids, ...options }, true)
    expect(countEarly(events)).toBe(0)
  }
})

test('bad text at the end of a corpus is told, though parts were made', async () => {
  const broken = join(temporaryFolder(), 'broken.txt')
  writeFileSync(broken, Buffer.concat([Buffer.from(text), Uint8Array.of(0xff)]))
  const made = makeDataset({ corpus: [broken], ...ids }, true)
  await expect(made).rejects.toMatchObject({ code: 'invalid-utf8' })
})
