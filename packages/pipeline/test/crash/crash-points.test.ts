import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { bundlePrograms, temporaryFolder } from '@sluice/testing'
import { getEncoding } from '@sluice/tokenizer'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anyWindows } from '../any-windows.ts'
import { resolveRunConfig, type RunConfig, type RunOptions, type SplitName } from '../../src/index.ts'
import { readRows } from '../dataset-rows.ts'
import { contentOf, isInSplit, slowRun, type SlowSource } from '../slow-run.ts'
import { moments } from './crash-point.ts'
import type { ChildOutcome, ChildRun } from './run-child.ts'

const gpt2 = await getEncoding('gpt2')

/** The child as a bundle: from source a process takes a second to start, and hundreds are started. */
let program = ''
beforeAll(() => {
  const compiled = fileURLToPath(new URL('../../dist/', import.meta.url))
  mkdirSync(compiled, { recursive: true })
  program = mkdtempSync(join(compiled, 'crash-'))
  const here = fileURLToPath(new URL('.', import.meta.url))
  const entries = { run: join(here, 'run-child.ts'), kill: join(here, 'kill-child.ts') }
  bundlePrograms(here, entries, program)
}, 120_000)
afterAll(() => rmSync(program, { recursive: true, force: true }))

const anyText = fc.oneof(
  fc.constant(''),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        'the ',
        'cat ',
        'sat.',
        '\n\n',
        '<|endoftext|>',
        ' 日本語',
        "'s ",
        '  ',
        'naïve ',
        '🙂',
        '"',
        '\ufffd',
      ),
      { maxLength: 120 },
    )
    .map((words) => words.join('')),
)
const anyLines = fc.array(anyText, { minLength: 1, maxLength: 8 })

const anyWhole = fc.record({
  source: fc.oneof(
    fc.record({ txt: anyText }),
    fc.record({ jsonl: anyLines }),
    fc.record({ csv: anyLines }),
  ) as fc.Arbitrary<SlowSource>,
  packed: fc.constantFrom('plain', 'plain', 'gzip'),
})
/** The end is missing, and so all of it: a hole. Not so short that what it is could not be told. */
const anyDamaged = fc.record({
  source: anyText.map((text): SlowSource => ({ txt: `some words that come first ${text}` })),
  packed: fc.constant('damaged' as const),
})
const anySource = fc.oneof({ weight: 8, arbitrary: anyWhole }, { weight: 1, arbitrary: anyDamaged })
type AnySource = typeof anySource extends fc.Arbitrary<infer T> ? T : never

const anyOptions = fc.oneof(
  fc.record(anyWindows),
  fc
    .record({
      maxLength: fc.integer({ min: 1, max: 9 }),
      separator: fc.constantFrom('between', 'after', 'none'),
      documents: fc.constantFrom('ids', 'boundaries'),
    } as const)
    .map((given) => ({
      ...given,
      ...({ packing: 'best-fit', boundary: 'document', tail: 'pad', positions: 'restart' } as const),
    })),
) satisfies fc.Arbitrary<Partial<RunOptions>>

const anyStorage = fc.record({
  embeddings: fc.constantFrom('none', 'none', 'lazy', 'full'),
  dim: fc.integer({ min: 1, max: 3 }),
  ipc: fc.constantFrom('file', 'stream'),
  shuffle: fc.option(fc.record({ seed: fc.integer({ min: 0, max: 9 }) })),
  split: fc.option(fc.record({ validation: fc.constant(0.5), seed: fc.nat({ max: 9 }) }), { freq: 4 }),
} as const) satisfies fc.Arbitrary<Partial<RunOptions>>

/** Of the sizes of segments the one into which the small sources of a run go together: they are a task of their own. */
const groupingBytes = 1e6

/** How each attempt at a run is made; that it differs must not matter. Threads are started for a corpus of some size only. */
const anyAttempts = fc
  .oneof({ weight: 3, arbitrary: fc.constant([1]) }, { weight: 1, arbitrary: fc.constant([1, 2, 3]) })
  .chain((threads) =>
    fc.record({
      large: fc.constant(threads.length > 1),
      attempts: fc.array(
        fc.record({
          threads: fc.constantFrom(...threads),
          segmentBytes: fc.constantFrom(20, 150, groupingBytes),
        }),
        { minLength: 3, maxLength: 3 },
      ),
    }),
  )

/** Into how many shards each attempt is cut; none where one process does it. */
const anyShards = fc.array(fc.constantFrom(0, 0, 0, 1, 3), { minLength: 3, maxLength: 3 })

/** Anywhere, and more often about the commit. */
const anyShare = fc.oneof(
  { weight: 2, arbitrary: fc.double({ min: 0.001, max: 1, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: 0.9, max: 1, noNaN: true }) },
)
const anyCrash = fc.record({
  share: anyShare,
  moment: fc.constantFrom(...moments),
})

/** Over the size that is done without threads, and soon read: one document without text. */
const ballast = gzipSync(`${JSON.stringify({ text: '', filling: 'x'.repeat(4 << 20) })}\n`, { level: 0 })

function bytesOf({ source, packed }: AnySource): Uint8Array {
  const content = contentOf(source)
  if (packed === 'plain') return content
  const zipped = gzipSync(content)
  return packed === 'gzip' ? zipped : zipped.subarray(0, -9)
}

function writeCorpus(folder: string, sources: readonly AnySource[], large: boolean): string[] {
  const files = sources.map((given, index): [string, Uint8Array] => {
    const extension = `${Object.keys(given.source)[0]}${given.packed === 'plain' ? '' : '.gz'}`
    return [`${index}.${extension}`, bytesOf(given)]
  })
  if (large) files.push(['ballast.jsonl.gz', ballast])
  return files.map(([name, bytes]) => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  })
}

/** Carries runs out in a process of their own; fewer outcomes than runs where it was killed. */
async function startRuns(runs: readonly ChildRun[]): Promise<ChildOutcome[]> {
  const preload = ['--import', pathToFileURL(join(program, 'kill.js')).href]
  const parameters = [...preload, join(program, 'run.js'), JSON.stringify(runs)]
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const env = { ...process.env, NODE_COMPILE_CACHE: join(program, 'cache') }
  execFile(process.execPath, parameters, { env }, (error, stdout, stderr) => {
    if (error === null || error.signal === 'SIGKILL') resolve(stdout)
    else reject(new Error(`The runs ended with ${error.code}: ${stderr}`))
  })
  return (await promise)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ChildOutcome)
}

/** Every folder and file below a folder, and the files' bytes by their hash. */
function contents(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [
        path.slice(folder.length + 1),
        entry.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'folder',
      ]
    }),
  )
}

async function expectRows(out: string, sources: readonly AnySource[], config: RunConfig): Promise<void> {
  const read = sources.map(({ source, packed }) => (packed === 'damaged' ? { txt: '' } : source))
  const { split } = config
  if (split === null) {
    expect(await readRows(out)).toEqual(slowRun(read, gpt2, config).windows)
    return
  }
  for (const name of ['train', 'validation'] as const satisfies SplitName[]) {
    const isIn = (text: string): boolean => isInSplit(text, split, name)
    expect(await readRows(join(out, name)), name).toEqual(slowRun(read, gpt2, config, isIn).windows)
  }
}

test('a run killed at any write resumes to the same bytes', async () => {
  const root = temporaryFolder()
  let draws = 0
  let kills = 0
  let groupedKills = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(anySource, { minLength: 1, maxLength: 4 }),
      anyOptions,
      anyStorage,
      fc.tuple(
        fc.record({
          rowsPerBatch: fc.integer({ min: 1, max: 20 }),
          batchesPerPart: fc.integer({ min: 1, max: 3 }),
        }),
        anyAttempts,
        anyShards,
        fc.array(anyCrash, { minLength: 1, maxLength: 2 }),
      ),
      async (sources, windows, storage, [parts, { large, attempts: drawn }, shards, crashes]) => {
        const folder = join(root, String(++draws))
        mkdirSync(folder)
        const corpus = writeCorpus(folder, sources, large)
        const given = { ...windows, ...storage, onPoison: 'hole', invalid: 'replace' } as const
        const config = resolveRunConfig({ corpus, ...given })
        const canBeCut = config.split === null
        const attempts = drawn.map((one, index) => ({ ...one, shards: canBeCut ? shards[index]! : 0 }))
        const usualParts = attempts.some((one) => one.shards > 0)
        const whole = { config, ...parts, ...drawn[0]!, usualParts, out: join(folder, 'whole') }
        const killed = { ...whole, ...attempts[0]!, out: join(folder, 'killed') }
        const runs = [whole, { ...killed, crash: crashes[0]! }]
        const [first, second] = await startRuns(runs)
        if (first?.outcome !== 'done') {
          expect(first?.outcome).toBe('too-short')
          expect(readdirSync(folder)).not.toContain('whole')
          return
        }
        const groupsOf = ({ segmentBytes }: { readonly segmentBytes: number }): readonly number[] =>
          segmentBytes === groupingBytes && sources.length > 1 ? [sources.length] : []
        const killedAs = (attempt: { readonly segmentBytes: number }): void => {
          kills++
          groupedKills += groupsOf(attempt).length
        }
        expect(first.groups).toEqual(groupsOf(whole))
        let last = second
        let finishedBy = attempts[0]!
        if (last === undefined) killedAs(finishedBy)
        for (const [index, attempt] of attempts.slice(1).entries()) {
          if (last !== undefined) break
          finishedBy = attempt
          const crash = crashes[index + 1] && { ...crashes[index + 1]!, of: first.calls }
          ;[last] = await startRuns([{ ...killed, ...attempt, ...(crash && { crash }) }])
          if (last === undefined) killedAs(attempt)
        }
        if (last === undefined) {
          finishedBy = attempts[0]!
          ;[last] = await startRuns([killed])
        }
        // The last of the kills may have come after the commit.
        expect(['done', 'already-exists']).toContain(last?.outcome)
        if (last?.outcome === 'done') expect(last.groups).toEqual(groupsOf(finishedBy))
        expect(contents(killed.out)).toEqual(contents(whole.out))
        await expectRows(killed.out, sources, config)
        expect(readdirSync(folder).length).toBe(corpus.length + 2)
        rmSync(folder, { recursive: true })
      },
    ),
    {
      numRuns: Number(process.env['RUNS'] ?? 16),
      seed: Number(process.env['SEED'] ?? 1),
      endOnFailure: true,
    },
  )
  expect(kills).toBeGreaterThan(0)
  // Some of them died with sources that are done in one task.
  expect(groupedKills).toBeGreaterThan(0)
})

test('a run that is killed around its commit leaves nothing behind once it is finished', async () => {
  const folder = temporaryFolder()
  const [corpus] = writeCorpus(
    folder,
    [{ source: { jsonl: ['some words', 'and some more of them'] }, packed: 'plain' }],
    false,
  )
  const config = resolveRunConfig({ corpus: [corpus!], maxLength: 2, dim: 1, embeddings: 'lazy' })
  const run = { config, threads: 1, segmentBytes: 30, rowsPerBatch: 1, batchesPerPart: 1 }
  const whole = { ...run, out: join(folder, 'whole') }
  const [{ calls }] = (await startRuns([whole])) as [ChildOutcome]
  const killed: ChildRun[] = []
  for (let fromEnd = 0; fromEnd < 12; fromEnd++) {
    const attempt = { ...run, out: join(folder, String(fromEnd)) }
    const moment = moments[fromEnd % moments.length]!
    const crash = { share: (calls - fromEnd) / calls, of: calls, moment }
    expect(await startRuns([{ ...attempt, crash }])).toEqual([])
    killed.push(attempt)
  }
  const outcomes = (await startRuns(killed)).map(({ outcome }) => outcome)
  expect(new Set(outcomes)).toEqual(new Set(['done', 'already-exists']))
  for (const { out } of killed) expect(contents(out), out).toEqual(contents(whole.out))
})

/** Names of a folder in the run's folder that end so; none where it is not there. */
function namesIn(out: string, folder: string, ending: string): readonly string[] {
  const path = join(out, folder)
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(ending)) : []
}

test('two threads that are killed between parts and segments resume to the bytes of one', async () => {
  const folder = temporaryFolder()
  const lines = Array.from({ length: 60 }, (_, line) => `Line ${line} tells of the cat that sat.\n`)
  const sources = [{ source: { txt: lines.join('') }, packed: 'plain' } as const]
  const corpus = writeCorpus(folder, sources, true)
  const config = resolveRunConfig({ corpus, maxLength: 8, stride: 8, embeddings: 'none' })
  const run = { config, segmentBytes: 100, rowsPerBatch: 2, batchesPerPart: 2 }
  const segments = Math.ceil(lines.join('').length / run.segmentBytes) + 1
  const whole = { ...run, threads: 1, out: join(folder, 'whole') }
  const [, unbroken] = await startRuns([whole, { ...run, threads: 2, out: join(folder, 'unbroken') }])
  expect(unbroken?.outcome).toBe('done')
  expect(contents(join(folder, 'unbroken'))).toEqual(contents(whole.out))
  let early = 0
  const killed: ChildRun[] = []
  for (const [index, moment] of [...moments, ...moments].entries()) {
    const attempt = { ...run, threads: 2, out: join(folder, `killed-${index}`) }
    const crash = { share: 0.3 + 0.08 * index, of: unbroken!.calls, moment }
    expect(await startRuns([{ ...attempt, crash }])).toEqual([])
    const parts = namesIn(attempt.out, 'parts', '.arrow').length
    const isTokenized = namesIn(attempt.out, 'tokens', '.ids').length >= segments
    if (parts > 0 && !isTokenized) early++
    killed.push(attempt)
  }
  // Some of them died with parts made of a corpus that was not tokenized yet.
  expect(early).toBeGreaterThan(0)
  const outcomes = (await startRuns(killed)).map(({ outcome }) => outcome)
  expect(new Set(outcomes)).toEqual(new Set(['done']))
  for (const { out } of killed) expect(contents(out), out).toEqual(contents(whole.out))
  await expectRows(whole.out, sources, config)
})
