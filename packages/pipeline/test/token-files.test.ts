import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  exportDataset,
  folderStorage,
  openDataset,
  readTokenManifest,
  verifyTokenFiles,
  type TokenFormat,
} from '@sluice/dataset'
import { bgzf, temporaryFolder, theVerdict } from '@sluice/testing'
import fc from 'fast-check'
import { get_encoding } from 'tiktoken'
import { expect, test } from 'vitest'
import {
  planForShards,
  recomputeTokenFiles,
  resolveRunConfig,
  resolveRunOptions,
  runLocally,
  type RunEvent,
  type RunOptions,
} from '../src/index.ts'
import { giveHeldMemory } from '../src/tokens/held-memory.ts'
import { HeldObject } from '../src/tokens/held-tokens.ts'
import { readFlatTokens } from './read-flat-tokens.ts'
import { readMegatron } from './megatron-index.ts'
import { writeSources } from './run-folder.ts'
import type { SlowSource } from './slow-run.ts'

// The reference: tiktoken 1.0.22, the original's Rust core as WebAssembly. One document at a time.
const gpt2 = get_encoding('gpt2')
const endOfTextId = 50256
const text = readFileSync(theVerdict, 'utf8')

/** The files of a run, by their bytes. */
async function filesOf(given: RunOptions, settings: Partial<Parameters<typeof runLocally>[0]> = {}) {
  const out = join(temporaryFolder(), 'out')
  await runLocally({ config: resolveRunConfig(given), out, ...settings })
  return { out, files: contentsOf(out) }
}

function contentsOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return Object.fromEntries(
    names.map(({ parentPath, name }) => [
      join(parentPath, name).slice(folder.length + 1),
      readFileSync(join(parentPath, name)).toString('base64'),
    ]),
  )
}

const anyText = fc
  .array(fc.constantFrom('the ', 'cat ', 'sat.', '\n\n', '<|endoftext|>', ' 日本語', "'s ", 'x'), {
    maxLength: 9,
  })
  .map((words) => words.join(''))

const anySource = fc.oneof(
  fc.record({ txt: anyText }),
  fc.record({ jsonl: fc.array(anyText, { minLength: 1, maxLength: 5 }) }),
  fc.record({ csv: fc.array(anyText, { minLength: 1, maxLength: 5 }) }),
) as fc.Arbitrary<SlowSource>

const textsOf = (source: SlowSource): readonly string[] =>
  'txt' in source ? [source.txt] : Object.values(source as Record<string, readonly string[]>)[0]!

test('token files hold the ids that tiktoken gives document by document, and are the bytes of an export', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anySource, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('between', 'after', 'none'),
      fc.constantFrom('tokens', 'megatron'),
      fc.integer({ min: 1, max: 60 }),
      async (sources, separator, to, segmentBytes) => {
        const root = temporaryFolder()
        const corpus = writeSources(root, sources)
        const bare = sources.flatMap(textsOf).filter((one) => one !== '')
        const documents = bare.map((one, index) => [
          ...(separator === 'between' && index > 0 ? [endOfTextId] : []),
          ...gpt2.encode(one, ['<|endoftext|>']),
          ...(separator === 'after' ? [endOfTextId] : []),
        ])
        const out = join(root, 'flat')
        const flat = runLocally({ config: resolveRunConfig({ corpus, separator, to }), out, segmentBytes })
        if (documents.length === 0) {
          await expect(flat).rejects.toMatchObject({ code: 'too-short' })
          expect(readdirSync(root)).not.toContain('flat')
          return
        }
        const { tokens } = await flat
        expect(tokens).toBe(documents.flat().length)
        expect(to === 'tokens' ? readFlatTokens(out) : readMegatron(out)).toEqual(documents)
        const { problems } = await verifyTokenFiles(folderStorage(out))
        expect(problems).toEqual([])
        if (documents.flat().length < 2) return
        const windows = { maxLength: 4, tail: 'pad', documents: 'ids', embeddings: 'none' } as const
        await runLocally({
          config: resolveRunConfig({ corpus, separator, ...windows }),
          out: join(root, 'data'),
        })
        await using dataset = await openDataset(join(root, 'data'))
        await exportDataset(dataset, { to, out: join(root, 'export'), unit: 'document' })
        expect(contentsOf(out)).toMatchObject(contentsOf(join(root, 'export')))
      },
    ),
    { numRuns: Number(process.env['RUNS'] ?? 15) },
  )
})

/** Sources of every kind, of which a damaged one becomes a hole; without it where `isWhole`. */
function writeCorpus(copies: number, isWhole = false): string[] {
  const folder = temporaryFolder()
  mkdirSync(folder, { recursive: true })
  const lines = Array.from({ length: 80 }, (_, line) =>
    JSON.stringify({ text: text.slice(50 * line, 70 * line + 90) }),
  )
  const files = {
    'a.txt': text.repeat(copies),
    'b.txt.gz': gzipSync(text.slice(400, 9000)),
    'c.jsonl': `${lines.join('\n')}\n{"text": \n{"text": ""}\n`,
    ...(!isWhole && { 'damaged.txt.gz': gzipSync(text).subarray(0, 5000) }),
    'e.txt': '',
    'f.txt': text.slice(0, 200),
  }
  return Object.entries(files).map(([name, content]) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  })
}

const policies = { onError: 'skip', onPoison: 'hole' } as const

test('token files are the same whatever the threads, the segments and the checkpoints', async () => {
  // More than what is done without threads.
  const given: RunOptions = { corpus: writeCorpus(230), to: 'megatron', ...policies }
  const { files } = await filesOf(given, { threads: 1 })
  const manifest = JSON.parse(Buffer.from(files['manifest.json']!, 'base64').toString()) as object
  expect(manifest).toMatchObject({
    holes: [{ source: 3, segment: 'whole', reason: 'broken-file' }],
    dropped: { 'empty-document': 2 },
  })
  expect((await filesOf(given, { threads: 2, segmentBytes: 300_000, checkpointBytes: 1 })).files).toEqual(
    files,
  )
})

test('a file of blocks of which one is damaged is left out of token files, however it is cut', async () => {
  const corpus = writeCorpus(3)
  const blocks = bgzf(Buffer.from(text), 1500)
  // Near the end, so that ids of the file are known before.
  blocks[blocks.length - 3000]! ^= 0xff
  const damaged = join(dirname(corpus[0]!), 'blocks.txt.gz')
  writeFileSync(damaged, blocks)
  const given: RunOptions = { corpus: [...corpus.slice(0, 2), damaged, ...corpus.slice(2)], to: 'tokens' }
  const { files } = await filesOf({ ...given, ...policies }, { threads: 1, segmentBytes: 1e9 })
  const manifest = JSON.parse(Buffer.from(files['manifest.json']!, 'base64').toString()) as object
  const holes = [2, 4].map((source) => ({ source, segment: 'whole', reason: 'broken-file' }))
  expect(manifest).toMatchObject({ holes })
  const cut = { segmentBytes: 4000, checkpointBytes: 1 }
  for (const threads of [1, 2])
    expect((await filesOf({ ...given, ...policies }, { threads, ...cut })).files).toEqual(files)
  // Stopped behind it, the run goes on after it.
  const out = join(temporaryFolder(), 'out')
  const config = resolveRunConfig({ ...given, ...policies })
  const stop = new AbortController()
  const onEvent = (event: RunEvent): void => {
    if (event.event === 'progress' && event.done > 100_000) stop.abort()
  }
  const stopped = runLocally({ config, out, threads: 1, ...cut, signal: stop.signal, onEvent })
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
  await runLocally({ config, out, threads: 1, ...cut })
  expect(contentsOf(out)).toEqual(files)
})

test('a run that is stopped again and again goes on from its last checkpoint, to the same bytes', async () => {
  const given: RunOptions = { corpus: writeCorpus(12, true), to: 'tokens', onError: 'skip' }
  const out = join(temporaryFolder(), 'out')
  const config = resolveRunConfig(given)
  const shared = { config, out, threads: 1, segmentBytes: 30_000, checkpointBytes: 1000 }
  /** What was left to read at the beginning of each attempt. */
  const left: number[] = []
  const attempt = async (): Promise<string> => {
    const stop = new AbortController()
    const run = runLocally({
      ...shared,
      signal: stop.signal,
      onEvent(event) {
        if (event.event !== 'progress') return
        if (event.done === 0) left.push(event.total)
        if (event.done > 70_000) stop.abort()
      },
    })
    return run.then(
      () => 'done',
      (error: unknown) => (error as { readonly code: string }).code,
    )
  }
  const outcomes: string[] = []
  while (outcomes.at(-1) !== 'done') outcomes.push(await attempt())
  expect(new Set(outcomes.slice(0, -1))).toEqual(new Set(['aborted']))
  expect(left.length).toBeGreaterThan(2)
  expect(left).toEqual(left.toSorted((more, less) => less - more))
  expect(left.at(-1)).toBeLessThan(80_000)
  expect(contentsOf(out)).toEqual((await filesOf(given)).files)
  expect(await runLocally(shared)).toMatchObject({ alreadyDone: true, windows: 0 })
})

test('a checkpoint that does not match what was written is an error, not other bytes', async () => {
  const corpus = writeCorpus(12, true)
  const config = resolveRunConfig({ corpus, to: 'tokens', onError: 'skip' })
  const out = join(temporaryFolder(), 'out')
  const shared = { config, out, threads: 1, segmentBytes: 30_000, checkpointBytes: 1 }
  const stop = new AbortController()
  const onEvent = (event: RunEvent): void => {
    if (event.event === 'progress' && event.done > 70_000) stop.abort()
  }
  await expect(runLocally({ ...shared, signal: stop.signal, onEvent })).rejects.toMatchObject({
    code: 'aborted',
  })
  const part = join(out, 'tokens', 'ids.part')
  const bytes = readFileSync(part)
  bytes[10]! ^= 1
  writeFileSync(part, bytes)
  await expect(runLocally(shared)).rejects.toMatchObject({ code: 'broken-state' })
  bytes[10]! ^= 1
  writeFileSync(part, bytes)
  await runLocally(shared)
  expect(contentsOf(out)).toEqual((await filesOf({ corpus, to: 'tokens', onError: 'skip' })).files)
})

test('ids that are too many to be held go through a file', async () => {
  const storage = folderStorage(temporaryFolder())
  const object = new HeldObject(() => storage.stage('x'), 0, 6)
  await object.write([Uint8Array.of(1, 2), Uint8Array.of(3)])
  expect(object.held).toEqual(Uint8Array.of(1, 2, 3))
  await object.write([Uint8Array.of(4, 5, 6, 7)])
  expect(object.held).toBeUndefined()
  expect(object.byteLength).toBe(7)
  expect(object.sha256()).toBe(
    createHash('sha256')
      .update(Uint8Array.of(1, 2, 3, 4, 5, 6, 7))
      .digest('hex'),
  )
  await object.publish('x')
  await using _ = { [Symbol.asyncDispose]: () => object.discard() }
  expect(readFileSync(join(storage.path!, 'x'))).toEqual(Buffer.of(1, 2, 3, 4, 5, 6, 7))
})

test('memory of ids that were taken is used again, whatever lies in it', async () => {
  const storage = folderStorage(temporaryFolder())
  const begin = (): HeldObject => new HeldObject(() => storage.stage('x'), 1 << 17)
  const first = begin()
  await first.write([new Uint8Array(1 << 17).fill(7)])
  giveHeldMemory(first.held!.buffer)
  const second = begin()
  await second.write([Uint8Array.of(1, 2, 3)])
  expect(second.held!.buffer).toBe(first.held!.buffer)
  expect(second.held).toEqual(Uint8Array.of(1, 2, 3))
})

test.each(['tokens', 'megatron'] as const)(
  'a split makes two folders of %s, and each is verified',
  async (to) => {
    const corpus = writeSources(temporaryFolder(), [
      { jsonl: Array.from({ length: 40 }, (_, line) => text.slice(100 * line, 100 * line + 90)) },
    ])
    const { out } = await filesOf({ corpus, to, split: { validation: 0.4, seed: 1 } })
    let documents = 0
    for (const name of ['train', 'validation']) {
      const storage = folderStorage(join(out, name))
      const options = { roots: corpus, signal: new AbortController().signal }
      await using recomputed = await recomputeTokenFiles(storage, options)
      const report = await verifyTokenFiles(storage, recomputed)
      expect(report).toMatchObject({ problems: [], leftovers: [] })
      expect(report.tokensChecked).toBe(report.manifest.totals.tokens)
      documents += report.manifest.totals.documents
    }
    expect(documents).toBe(40)
  },
)

test('what is wrong with token files is found, and windows are refused by name', async () => {
  const corpus = writeSources(temporaryFolder(), [{ jsonl: ['one two three', 'four five', 'six'] }])
  const broken = async (
    to: TokenFormat,
    name: string,
    change: (bytes: Buffer) => Buffer,
  ): Promise<unknown> => {
    const { out } = await filesOf({ corpus, to })
    writeFileSync(join(out, name), change(readFileSync(join(out, name))))
    return (await verifyTokenFiles(folderStorage(out))).problems
  }
  const flip = (bytes: Buffer): Buffer => {
    bytes[bytes.length - 1]! ^= 1
    return bytes
  }
  for (const [to, index] of [
    ['tokens', 'document_offsets.npy'],
    ['megatron', 'tokens.idx'],
  ] as const) {
    for (const name of ['tokens.bin', index]) {
      expect(await broken(to, name, flip)).toMatchObject([{ code: 'wrong-hash', file: name }])
      expect(await broken(to, name, (bytes) => bytes.subarray(1))).toMatchObject([
        { code: 'wrong-size', file: name },
      ])
    }
  }
  expect(await broken('tokens', 'plan.json', () => Buffer.from('{}\n'))).toMatchObject([
    { code: 'wrong-plan' },
  ])
  const { out } = await filesOf({ corpus, to: 'tokens' })
  await expect(openDataset(out)).rejects.toMatchObject({ code: 'no-windows' })
  const manifest = await readTokenManifest(folderStorage(out))
  expect(manifest.totals).toMatchObject({ documents: 3, tokens: 8 })
  // A manifest whose numbers do not agree is not believed.
  const path = join(out, 'manifest.json')
  writeFileSync(path, readFileSync(path, 'utf8').replace('"tokens":8', '"tokens":9'))
  await expect(readTokenManifest(folderStorage(out))).rejects.toMatchObject({ code: 'corrupt' })
})

test('ids that are not those of the corpus are named', async () => {
  const corpus = writeSources(temporaryFolder(), [{ txt: 'one two three' }])
  const [made, other] = [
    await filesOf({ corpus, to: 'tokens' }),
    await filesOf({ corpus, to: 'tokens', encoding: 'cl100k_base' }),
  ]
  const report = await verifyTokenFiles(folderStorage(made.out), { again: folderStorage(other.out) })
  expect(report.problems).toMatchObject([
    { code: 'wrong-ids', message: expect.stringContaining('id 0 is 505') as string },
  ])
})

test.each([
  [{ stride: 4 }, 'Expected `stride` to be left out with `to`, got 4'],
  [{ shuffle: { seed: 1 } }, 'Expected `shuffle` to be left out with `to`'],
  [{ embeddings: 'none' }, 'Expected `embeddings` to be left out with `to`, got "none"'],
  [{ maxLength: 256 }, 'Expected `maxLength` to be left out with `to`, got 256'],
  [{ keep: ['id'] }, 'Expected `keep` to be left out with `to`'],
  [{ provider: 'cpu' }, 'Expected `provider` to be left out with `to`, got cpu'],
] as const)('%j means nothing for token files', (given, message) => {
  expect(() => resolveRunOptions({ corpus: ['a.txt'], to: 'tokens', ...given })).toThrow(message)
})

test('shards and queues do not write token files, and say so', async () => {
  const corpus = writeSources(temporaryFolder(), [{ txt: 'one two three' }])
  const out = join(temporaryFolder(), 'out')
  const options = { out, segmentBytes: 100, signal: new AbortController().signal, onEvent: () => {} }
  const planned = planForShards({ config: resolveRunConfig({ corpus, to: 'tokens' }), ...options })
  await expect(planned).rejects.toThrow('token files are written in one process, in order; use `sluice run`')
})

test('another plan in the folder is refused with the difference', async () => {
  const corpus = writeSources(temporaryFolder(), [{ txt: text }])
  const out = join(temporaryFolder(), 'out')
  const stop = new AbortController()
  const run = (given: Partial<RunOptions>, signal?: AbortSignal): Promise<unknown> =>
    runLocally({
      ...{ config: resolveRunConfig({ corpus, ...given }), out, segmentBytes: 500 },
      ...(signal && { signal, onEvent: ({ event }) => event === 'progress' && stop.abort() }),
    })
  await expect(run({ to: 'tokens' }, stop.signal)).rejects.toMatchObject({ code: 'aborted' })
  await expect(run({ to: 'megatron' })).rejects.toThrow('config.to was "tokens" and is "megatron"')
  await run({ to: 'tokens' })
  appendFileSync(corpus[0]!, '.')
  await expect(run({ to: 'tokens' })).rejects.toMatchObject({ code: 'already-exists' })
})
