import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bgzf, temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import { estimateTokens, type SampleEffort } from '../src/estimate/estimate-tokens.ts'
import {
  CorpusSample,
  cutCorpus,
  estimateRun,
  openCorpus,
  resolveRunConfig,
  runLocally,
  SampleRuns,
  type RunOptions,
} from '../src/index.ts'

const english = readFileSync(theVerdict, 'utf8')

/** Words of several scripts: gpt2 gives between four bytes a token and less than one. */
const languages: readonly string[] = [
  english.slice(0, 3000),
  'El Quijote cabalgaba despacio por los campos de La Mancha, y Sancho le seguía en su jumento. ',
  'Der Präsident erklärte, daß die Maßnahmen der Bundesregierung ausreichend seien. ',
  'Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему. ',
  '吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。',
  'for (let row = 0; row < rows; row++) {\n  sum += values[row * width + column];\n}\n',
  '한국어 문장은 여러 어절로 이루어져 있으며 띄어쓰기로 구분된다. ',
]

/** The languages one after the other, of sizes that differ, none like its neighbour. */
const texts = languages.map((text, index) => {
  const copies = Math.ceil((30_000 + 17_000 * ((index * 5) % 7)) / Buffer.byteLength(text))
  return Array.from({ length: copies }, (_, copy) => `${text}${copy} `).join('')
})

const records = texts.flatMap((text, language) =>
  Array.from({ length: Math.ceil(text.length / 700) }, (_, at) => {
    const length = 100 + ((at * 131 + language * 17) % 1000)
    return `${JSON.stringify({ text: text.slice(700 * at, 700 * at + length) })}\n`
  }),
)

/** As thorough as an estimate is, of a corpus that is hundreds of times smaller. */
const effort: SampleEffort = { segments: 64, textBytes: 1 << 11, readBytes: 1 << 21 }

const sources: Readonly<Record<string, string | Uint8Array>> = {
  'in one file.txt': texts.join('\n'),
  'records.jsonl': records.join(''),
  'records.jsonl.gz': gzipSync(records.join('')),
  'text.txt.gz': gzipSync(texts.join('\n')),
}

/** What a run makes, and what was estimated, in bytes of all rows. */
async function compare(given: Partial<RunOptions>, corpus: readonly string[], sampled = effort) {
  const folder = temporaryFolder()
  const config = resolveRunConfig({ corpus, maxLength: 64, embeddings: 'none', ...given })
  const opened = await openCorpus(config, { path: folder })
  const estimate = await estimateTokens(opened, await cutCorpus(opened, 4096), sampled)
  const made = await runLocally({ config, out: join(folder, 'out') })
  return { estimate, made }
}

test.each(Object.keys(sources))(
  'the size of %s in seven languages is estimated within a twentieth',
  async (name) => {
    const path = join(temporaryFolder(), name)
    writeFileSync(path, sources[name]!)
    for (const given of [{}, { boundary: 'document', tail: 'pad', documents: 'ids' }] as const) {
      const { estimate, made } = await compare(given, [path])
      expect(estimate.exact).toBe(false)
      expect(Math.abs(estimate.tokens / made.tokens! - 1)).toBeLessThan(0.05)
      expect(Math.abs(estimate.windows / made.windows - 1)).toBeLessThan(0.05)
    }
  },
)

test('of a file that is compressed in blocks the beginnings of segments all over it are read', async () => {
  const sampled = { segments: 32, textBytes: 1 << 10, readBytes: 1 << 21 }
  const contents = { 'records.jsonl.gz': records.join(''), 'text.txt.gz': texts.join('\n') }
  for (const [name, content] of Object.entries(contents)) {
    const path = join(temporaryFolder(), name)
    writeFileSync(path, bgzf(Buffer.from(content), 2000))
    const { estimate, made } = await compare({}, [path], sampled)
    expect(estimate.exact).toBe(false)
    expect(Math.abs(estimate.tokens / made.tokens! - 1), name).toBeLessThan(0.1)
  }
})

test('so is that of a file for each language', async () => {
  const folder = temporaryFolder()
  const corpus = texts.map((text, index) => {
    writeFileSync(join(folder, `${index}.txt`), text)
    return join(folder, `${index}.txt`)
  })
  const { estimate, made } = await compare({}, corpus)
  expect(Math.abs(estimate.tokens / made.tokens! - 1)).toBeLessThan(0.05)
})

test('a small corpus is counted, and its bytes are those of the run', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'book.txt')
  writeFileSync(path, english)
  const config = resolveRunConfig({ corpus: [path], maxLength: 16, dim: 4, embeddings: 'none' })
  const found = await estimateRun(config, { path: join(folder, 'e') }, new AbortController().signal)
  const made = await runLocally({ config, out: join(folder, 'out') })
  expect(found).toMatchObject({ exact: true, tokens: made.tokens, windows: made.windows })
  const none = found.modes.find(({ embeddings }) => embeddings === 'none')!
  expect(Math.abs(none.byteLength / made.byteLength - 1)).toBeLessThan(0.05)
})

test('samples are carried out as runs, and nothing of them stays', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'records.jsonl')
  writeFileSync(path, records.join(''))
  const idsPath = join(folder, 'ids.u16')
  writeFileSync(
    idsPath,
    Uint16Array.from({ length: 400_000 }, (_, index) => index % 500),
  )
  const ofIds = { corpus: [idsPath], format: 'ids', vocabSize: 500, endId: 499, embeddings: 'none' } as const
  for (const given of [{ dim: 4 }, { to: 'tokens' }, ofIds] as const) {
    const config = resolveRunConfig({ corpus: [path], ...given })
    const { signal } = new AbortController()
    const work = temporaryFolder()
    const sample = new CorpusSample(config.endId)
    const runs = new SampleRuns({ config, sample, folder: work, threads: 1, signal })
    const found = await estimateRun(config, { path: join(folder, 'e') }, signal, sample.add)
    // The smallest and the largest that it writes.
    for (const mode of new Set([found.modes[0]!, found.modes.at(-1)!])) {
      const seconds = await runs.seconds(mode, found.tokens)
      expect(seconds).toBeGreaterThan(0)
    }
    expect(readdirSync(work)).toEqual([])
  }
})

test('a sample that no run takes tells no time, and is no error', async () => {
  const { signal } = new AbortController()
  const folder = temporaryFolder()
  for (const given of [{ maxLength: 2 ** 20 }, { tail: 'error' }] as const) {
    const config = resolveRunConfig({ corpus: ['a.txt'], ...given })
    const sample = new CorpusSample()
    const runs = new SampleRuns({ config, sample, folder, threads: 1, signal })
    const mode = { embeddings: 'none', dtype: null, byteLength: 1000 } as const
    expect(await runs.seconds(mode, 100)).toBeUndefined()
    sample.add({ kind: 'text', bytes: Buffer.from(english.slice(0, 1000)) })
    expect(await runs.seconds(mode, 100)).toBeUndefined()
  }
  expect(readdirSync(folder)).toEqual([])
})
