import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { getEncoding } from '@sluice/tokenizer'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunEvent, type RunOptions } from '../src/index.ts'
import { readRows } from './dataset-rows.ts'
import { filesOf } from './run-folder.ts'
import { contentOf, slowRun, type SlowSource } from './slow-run.ts'

const gpt2 = await getEncoding('gpt2')
const text = readFileSync(theVerdict, 'utf8')

/** Small sources of every kind that can be read from its beginning, texts and lists in turn. */
const sources: readonly SlowSource[] = [
  { txt: text.slice(0, 90) },
  { jsonl: [text.slice(90, 150), '', text.slice(150, 260)] },
  { txt: '' },
  { csv: [text.slice(300, 340), text.slice(340, 420)] },
  { txt: text.slice(420, 3000) },
  { txt: 'x' },
  { jsonl: [] },
  { txt: text.slice(3000, 3100) },
  { csv: [text.slice(3100, 3400)] },
]

function writeCorpus(folder: string): string[] {
  return sources.map((source, index) => {
    const extension = Object.keys(source)[0]!
    const packed = index % 3 === 1
    const path = join(folder, `${index}.${extension}${packed ? '.gz' : ''}`)
    writeFileSync(path, packed ? gzipSync(contentOf(source)) : contentOf(source))
    return path
  })
}

/** What a run leaves, and the names of the token files that it was made from. */
async function run(
  given: RunOptions,
  segmentBytes: number,
): Promise<{ readonly out: string; readonly files: Record<string, string>; readonly tokens: string[] }> {
  const out = join(temporaryFolder(), 'out')
  let tokens: string[] = []
  const onEvent = ({ event }: RunEvent): void => {
    if (event === 'tokenized')
      tokens = readdirSync(join(out, 'tokens')).filter((name) => name.endsWith('.ids'))
  }
  await runLocally({ config: resolveRunConfig(given), out, threads: 1, segmentBytes, onEvent })
  return { out, files: filesOf(out), tokens }
}

const windows: readonly Partial<RunOptions>[] = [
  { separator: 'between', documents: 'ids' },
  { separator: 'after', documents: 'boundaries', stride: 3 },
  { separator: 'none' },
  { boundary: 'document', tail: 'pad', documents: 'ids', separator: 'after' },
  {
    ...{ packing: 'best-fit', boundary: 'document', tail: 'pad' },
    ...{ documents: 'boundaries', positions: 'restart' },
  },
  { shuffle: { seed: 4 } },
]

test.each(windows)(
  'small sources that share a task give the rows of each read alone: %j',
  async (options) => {
    const corpus = writeCorpus(temporaryFolder())
    const given = { corpus, maxLength: 8, embeddings: 'none', ...options } as const
    const alone = await run(given, 1)
    const grouped = await run(given, 1e6)
    expect(alone.tokens.length).toBeGreaterThan(8)
    expect(grouped.tokens).toHaveLength(1)
    expect(grouped.files).toEqual(alone.files)
    const some = await run(given, 15_000)
    expect(some.tokens.length).toBeGreaterThan(1)
    expect(some.files).toEqual(alone.files)
    const rows = await readRows(grouped.out)
    expect(rows).toEqual(slowRun(sources, gpt2, resolveRunConfig(given)).windows)
  },
)

test('faults and holes are those of each file', async () => {
  const folder = temporaryFolder()
  const corpus = writeCorpus(folder)
  writeFileSync(
    corpus[4]!,
    Buffer.concat([Buffer.from('caf'), Buffer.from([0xe9, 0xff]), Buffer.from(' noir')]),
  )
  writeFileSync(corpus[7]!, Buffer.concat([Buffer.from([0xfe]), Buffer.from(text.slice(0, 80))]))
  const damaged = join(folder, '9.txt.gz')
  writeFileSync(damaged, gzipSync(text).subarray(0, 3000))
  corpus.splice(5, 0, damaged)
  const given = { corpus, maxLength: 4, embeddings: 'none', onPoison: 'hole', invalid: 'replace' } as const
  const alone = await run(given, 1)
  const grouped = await run(given, 1e6)
  expect(grouped.files).toEqual(alone.files)
  const manifest = JSON.parse(readFileSync(join(grouped.out, 'manifest.json'), 'utf8')) as unknown
  expect(manifest).toMatchObject({
    holes: [{ source: 5, segment: 'whole', reason: 'broken-file' }],
    faults: { 'invalid-utf8': [{ source: 4 }, { source: 4 }, { source: 8 }] },
  })
})
