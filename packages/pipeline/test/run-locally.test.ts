import { encodeBfloat16, encodeFloat16 } from '@sluice/torch-random'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { openDataset } from '@sluice/dataset'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { getEncoding } from '@sluice/tokenizer'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunEvent, type RunOptions } from '../src/index.ts'
import { readRows } from './dataset-rows.ts'
import { writeFiles } from './run-folder.ts'
import { slowRun } from './slow-run.ts'

const gpt2 = await getEncoding('gpt2')

const small: RunOptions = { corpus: [theVerdict], maxLength: 16, dim: 8 }

test('a run tells its size before it starts, and what it made at the end', async () => {
  const events: RunEvent[] = []
  const out = join(temporaryFolder(), 'out')
  const summary = await runLocally({
    config: resolveRunConfig(small),
    out,
    onEvent: (event) => events.push(event),
  })
  const planned = events[0]!
  const done = events.at(-1)!
  expect(planned).toMatchObject({ event: 'planned', sources: 1, size: { windows: 321, exact: true } })
  expect(done).toMatchObject({ event: 'done', windows: 321, tokens: 5145 })
  expect(summary.dropped).toEqual({ 'short-tail-tokens': 8 })
  const written = events.filter(({ event }) => event === 'part')
  expect(written).toHaveLength(1)
  expect(readFileSync(summary.firstPart)).toHaveLength(summary.byteLength)
})

test('the same run gives the same bytes in every file', async () => {
  const root = temporaryFolder()
  for (const name of ['a', 'b']) await runLocally({ config: resolveRunConfig(small), out: join(root, name) })
  const files = readdirSync(join(root, 'a'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  expect(files.length).toBeGreaterThan(5)
  for (const { parentPath, name } of files) {
    const other = join(parentPath.replace(join(root, 'a'), join(root, 'b')), name)
    expect(readFileSync(join(parentPath, name)).equals(readFileSync(other)), other).toBe(true)
  }
})

test('a stopped run resumes where it was, to the same bytes', async () => {
  const root = temporaryFolder()
  // Several record batches, so that there is a place to stop between two of them.
  const config = resolveRunConfig({ ...small, stride: 1, dim: 64 })
  await runLocally({ config, out: join(root, 'whole') })
  for (const phase of ['tokenize', 'embed'] as const) {
    const stop = new AbortController()
    const out = join(root, phase)
    const onEvent = (event: RunEvent): void => {
      if (event.event === 'progress' && event.phase === phase) stop.abort()
    }
    await expect(runLocally({ config, out, signal: stop.signal, onEvent })).rejects.toMatchObject({
      code: 'aborted',
    })
    await runLocally({ config, out })
    expect(readFileSync(join(out, 'manifest.json'), 'utf8')).toBe(
      readFileSync(join(root, 'whole', 'manifest.json'), 'utf8'),
    )
  }
})

test('the folder of a run may lie in that of its corpus', async () => {
  const root = temporaryFolder()
  const [inner, outer] = [join(root, 'corpus', 'out'), join(root, 'out')]
  mkdirSync(join(root, 'corpus'))
  writeFiles(join(root, 'corpus'), ['some words that are long enough', 'for a window or two'])
  const config = resolveRunConfig({ corpus: [join(root, 'corpus')], maxLength: 2, embeddings: 'none' })
  const itself = runLocally({ config, out: join(root, 'corpus') })
  await expect(itself).rejects.toMatchObject({ code: 'not-empty' })
  await runLocally({ config, out: outer })
  const stop = new AbortController()
  const onEvent = ({ event }: RunEvent): void => {
    if (event === 'tokenized') stop.abort()
  }
  await expect(runLocally({ config, out: inner, signal: stop.signal, onEvent })).rejects.toThrow(/stopped/)
  expect(readdirSync(inner)).toContain('tokens')
  await runLocally({ config, out: inner })
  expect(readFileSync(join(inner, 'manifest.json'))).toEqual(readFileSync(join(outer, 'manifest.json')))
})

test('a folder that holds a dataset, another plan or other files is refused with what differs', async () => {
  const root = temporaryFolder()
  const [corpus] = writeFiles(root, ['some words that are long enough for a window or two'])
  const options = { corpus: [corpus!], maxLength: 2, embeddings: 'none' } as const
  const config = resolveRunConfig(options)
  const finished = join(root, 'finished')
  await runLocally({ config, out: finished })
  const otherConfig = resolveRunConfig({ ...options, stride: 1 })
  await expect(runLocally({ config: otherConfig, out: finished })).rejects.toThrow(/already holds a dataset/)

  const stopped = join(root, 'stopped')
  const stop = new AbortController()
  const onEvent = ({ event }: RunEvent): void => {
    if (event === 'tokenized') stop.abort()
  }
  await expect(runLocally({ config, out: stopped, signal: stop.signal, onEvent })).rejects.toThrow(/stopped/)
  const other = runLocally({ config: resolveRunConfig({ ...options, stride: 1 }), out: stopped })
  await expect(other).rejects.toThrow('config.stride was 2 and is 1')
  writeFileSync(corpus!, 'other words that are long enough for a window or two')
  await expect(runLocally({ config, out: stopped })).rejects.toThrow(/the content of .*000\.txt changed/)

  await expect(runLocally({ config, out: root })).rejects.toMatchObject({ code: 'not-empty' })
})

test('bytes that are not UTF-8 stop the run with nothing left behind, or become U+FFFD', async () => {
  const root = temporaryFolder()
  const [path] = writeFiles(root, [Buffer.from('seven words \xff and then some more of them', 'latin1')])
  const options = { corpus: [path!], maxLength: 4, embeddings: 'none' } as const
  const out = join(root, 'out')
  const failing = runLocally({ config: resolveRunConfig(options), out })
  await expect(failing).rejects.toMatchObject({ code: 'invalid-utf8', position: 12 })
  expect(readdirSync(root)).toEqual(['000.txt'])
  const { dropped } = await runLocally({ config: resolveRunConfig({ ...options, invalid: 'replace' }), out })
  expect(dropped['invalid-utf8']).toBe(1)
  const replaced = resolveRunConfig({ ...options, invalid: 'replace' })
  const { windows } = slowRun([{ txt: 'seven words \ufffd and then some more of them' }], gpt2, replaced)
  expect((await readRows(out)).map(({ inputIds }) => inputIds)).toEqual(
    windows.map(({ inputIds }) => inputIds),
  )
})

test('the bytes do not depend on the number of threads and the size of segments', async () => {
  const root = temporaryFolder()
  const verdict = readFileSync(theVerdict, 'utf8')
  const lines = verdict.split('\n').map((line) => JSON.stringify({ text: line }))
  const corpus = writeFiles(root, [
    verdict.repeat(30),
    `${verdict}\u{1F600} 日本語`,
    '',
    verdict.slice(0, 5000),
  ])
  const jsonl = join(root, 'lines.jsonl')
  writeFileSync(jsonl, lines.join('\n'))
  const gzipped = join(root, 'more.txt.gz')
  writeFileSync(gzipped, gzipSync(verdict.slice(0, 9999)))
  const config = resolveRunConfig({ ...small, corpus: [corpus[0]!, jsonl, ...corpus.slice(1), gzipped] })
  // Above the size that is done inline.
  const big = resolveRunConfig({
    ...config,
    corpus: [...config.corpus, ...Array<string>(6).fill(corpus[0]!)],
  })
  const manifests = new Set<string>()
  for (const [threads, segmentBytes] of [
    [1, 1e9],
    [2, 50_000],
    [5, 333_333],
  ] as const) {
    const out = join(root, `${threads}-${segmentBytes}`)
    await runLocally({ config: big, out, threads, segmentBytes })
    manifests.add(readFileSync(join(out, 'manifest.json'), 'utf8'))
  }
  expect(manifests.size).toBe(1)
})

test.each([
  ['f16', encodeFloat16],
  ['bf16', encodeBfloat16],
] as const)('%s rows are the float32 rows rounded to nearest', async (dtype, round) => {
  const root = temporaryFolder()
  const read = async (name: string, options: Partial<RunOptions>) => {
    await runLocally({ config: resolveRunConfig({ ...small, ...options }), out: join(root, name) })
    await using dataset = await openDataset(join(root, name))
    return (await dataset.read(0, dataset.length)).inputsEmbeds!
  }
  const full = (await read('full', {})) as Float32Array
  const expected = new Uint16Array(full.length)
  round(full, expected)
  expect(await read('half', { dtype })).toEqual(expected)
})

test('smaller parts hold the same rows, and their run resumes as any other', async () => {
  const root = temporaryFolder()
  const config = resolveRunConfig({ ...small, dim: 256, maxLength: 64, stride: 16 })
  const partsOf = (out: string): number => readdirSync(join(root, out, 'parts')).length
  const rowsOf = (out: string): ReturnType<typeof readRows> => readRows(join(root, out))
  const usual = await runLocally({ config, out: join(root, 'usual') })
  const smaller = { config, out: join(root, 'smaller'), partByteLength: 1, threads: 2 }
  expect((await runLocally(smaller)).windows).toBe(usual.windows)
  expect([partsOf('usual'), partsOf('smaller')]).toEqual([1, expect.toSatisfy((parts: number) => parts > 1)])
  expect(await rowsOf('smaller')).toEqual(await rowsOf('usual'))
  expect((await runLocally(smaller)).alreadyDone).toBe(true)
})
