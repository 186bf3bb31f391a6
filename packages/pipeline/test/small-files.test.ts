import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { identifySmallFiles, SmallFileReader, smallFileBytes } from '@sluice/corpus'
import { seededRandom, temporaryFolder, theVerdict } from '@sluice/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { openCorpus, resolveRunConfig, runLocally, type RunEvent, type RunOptions } from '../src/index.ts'
import { identifyOnThreads, type IdentifyingThread } from '../src/sources/small-files.ts'

const random = seededRandom(1515)
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
const book = readFileSync(theVerdict)

afterEach(() => vi.restoreAllMocks())

/** A piece of a text, of any length from nothing on. */
function piece(most = 900): Buffer {
  const start = Math.floor(random() * (book.length - most))
  return Buffer.from(book.subarray(start, start + Math.floor(random() * most)))
}

function lines(): Buffer {
  const texts = Array.from({ length: Math.floor(random() * 5) }, () => piece(200).toString())
  return Buffer.from(texts.map((text) => `${JSON.stringify({ text })}\n`).join(''))
}

type Entry = readonly [name: string, content: Buffer]

/** Files that a run can use, most of them small plain texts. */
const usable: readonly (() => Entry)[] = [
  ...Array.from({ length: 8 }, () => (): Entry => ['txt', piece()]),
  () => ['md', Buffer.concat([Buffer.from('\ufeff'), piece()])],
  () => ['txt', Buffer.alloc(0)],
  () => ['txt', Buffer.concat([piece(), Buffer.from('<|endoftext|>語 “é” 🙂'), piece()])],
  () => ['', piece()],
  () => ['txt', Buffer.from('\0'.repeat(Math.floor(random() * 4)) + piece(50).toString('latin1') + 'x')],
  () => ['txt.gz', gzipSync(piece())],
  () => ['jsonl', lines()],
  () => ['jsonl.zst', zstdCompressSync(lines())],
  () => ['csv', Buffer.concat([Buffer.from('text\n'), Buffer.from('"one, two"\nthree\n'.repeat(3))])],
  () => ['txt', Buffer.alloc(smallFileBytes - 1 + Math.floor(random() * 3), 'words of a text, and more ')],
]

/** Files with a fault that a policy decides about. */
const faulty: readonly (() => Entry)[] = [
  () => ['txt', Buffer.concat([piece(), Buffer.from([0xe9, 0x20, 0xff]), piece()])],
  () => ['txt', Buffer.concat([piece(), Buffer.from([0xe2, 0x82])])],
  () => ['jsonl', Buffer.concat([lines(), Buffer.from('{"text": \n')])],
  () => ['jsonl', Buffer.concat([lines(), Buffer.from('{"other": 1}\n')])],
]

/** Files that no run can use. */
const unusable: readonly (() => Entry)[] = [
  () => ['txt', Buffer.from(piece(300).toString(), 'utf16le')],
  () => ['txt', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('text', 'utf16le')])],
  () => ['zip', Buffer.from(`PK\u0003\u0004${'\0'.repeat(40)}`, 'latin1')],
  () => ['json', Buffer.from('[1, 2, 3]')],
  () => ['parquet', piece()],
  () => ['txt.gz', gzipSync(gzipSync(piece()))],
]

function writeFolder(entries: readonly Entry[]): { readonly corpus: string; readonly paths: string[] } {
  const corpus = join(temporaryFolder(), 'corpus')
  mkdirSync(join(corpus, 'below'), { recursive: true })
  const paths = entries.map(([ending, content], index) => {
    const name = `${String(index).padStart(3, '0')}${ending === '' ? '' : `.${ending}`}`
    const path = join(corpus, index % 4 === 3 ? 'below' : '', name)
    writeFileSync(path, content)
    return path
  })
  symlinkSync(paths[0]!, join(corpus, 'link.txt'))
  return { corpus, paths }
}

interface Outcome {
  readonly error?: { readonly code: unknown; readonly message: string }
  readonly files: Readonly<Record<string, string>>
}

async function outcomeOf(
  options: RunOptions,
  out: string,
  onEvent: (event: RunEvent) => void = () => {},
): Promise<Outcome> {
  rmSync(out, { recursive: true, force: true })
  let error: Outcome['error']
  try {
    await runLocally({ config: resolveRunConfig(options), out, threads: 1, segmentBytes: 60_000, onEvent })
  } catch (thrown) {
    const { code, message } = thrown as Error & { code: unknown }
    error = { code, message }
  }
  const names = readdirSync(join(out, '..'), { recursive: true, withFileTypes: true })
  const inside = names.filter((entry) => entry.isFile() && entry.parentPath.startsWith(out))
  const files = inside.map(({ parentPath, name }) => {
    const path = join(parentPath, name)
    return [path.slice(out.length), readFileSync(path).toString('base64')] as const
  })
  return { ...(error && { error }), files: Object.fromEntries(files) }
}

/** The same without the way of small files: everything is opened and read the general way. */
async function generally(work: () => Promise<Outcome>): Promise<Outcome> {
  const read = vi.spyOn(SmallFileReader.prototype, 'read').mockReturnValue(undefined)
  try {
    const outcome = await work()
    expect(read).toHaveBeenCalled()
    return outcome
  } finally {
    read.mockRestore()
  }
}

const variants: readonly Partial<RunOptions>[] = [
  {},
  { separator: 'after', documents: 'boundaries', onError: 'skip', invalid: 'replace' },
  { separator: 'none', onError: 'skip', invalid: 'skip' },
  { boundary: 'document', tail: 'pad', onError: 'skip', invalid: 'replace', special: 'all' },
  { documents: 'ids', keep: ['copy=text'], onError: 'skip', invalid: 'skip' },
  { split: { validation: 0.4, seed: 3 }, onError: 'skip', invalid: 'replace' },
  { onPoison: 'hole', onError: 'skip' },
  { to: 'megatron', onError: 'skip', invalid: 'replace' },
]

test.each(variants)(
  'a folder of small files gives what reading each the general way gives: %j',
  async (options) => {
    const kinds = [
      usable,
      [...usable, ...faulty],
      [...usable, ...usable, ...usable, ...faulty, ...unusable],
    ] as const
    const outcomes = new Set<unknown>()
    for (const [round, kind] of kinds.entries()) {
      const entries = Array.from({ length: 50 }, () => pick(kind)())
      const { corpus } = writeFolder(entries)
      const out = join(corpus, '../out')
      const windows = options.to === undefined ? ({ maxLength: 16, embeddings: 'none' } as const) : {}
      const given = { corpus: [corpus], ...windows, ...options }
      const read = vi.spyOn(SmallFileReader.prototype, 'read')
      const outcome = await outcomeOf(given, out)
      expect(read.mock.results.filter(({ value }) => value !== undefined).length).toBeGreaterThan(40)
      read.mockRestore()
      expect(outcome, `round ${round}`).toEqual(await generally(() => outcomeOf(given, out)))
      outcomes.add(outcome.error?.code)
    }
    expect(outcomes).toContain(undefined)
    expect(outcomes.size).toBeGreaterThan(1)
  },
)

const changes: Readonly<Record<string, (path: string) => void>> = {
  'has other bytes': (path) =>
    writeFileSync(
      path,
      readFileSync(path).map((byte) => byte ^ 1),
    ),
  grew: (path) => appendFileSync(path, 'more'),
  shrank: (path) => truncateSync(path, 3),
  'is not UTF-8 any more': (path) => writeFileSync(path, readFileSync(path).fill(0xff)),
  'is gone': (path) => rmSync(path),
  'is a folder': (path) => {
    rmSync(path)
    mkdirSync(path)
  },
  'is a link to nothing': (path) => {
    rmSync(path)
    symlinkSync('nothing', path)
  },
  'is another one with its content': (path) => {
    const content = readFileSync(path)
    rmSync(path)
    writeFileSync(path, content)
  },
}

test.each(Object.keys(changes))(
  'a small file that %s after the plan was made is told of as any other',
  async (how) => {
    const entries: Entry[] = ['txt', 'jsonl', 'txt.gz', 'txt'].map((ending) => {
      const text = Buffer.from('{"text": "some words of a line"}\n'.repeat(20))
      return [ending, ending.endsWith('gz') ? gzipSync(text, { level: 0 }) : text]
    })
    for (const place of entries.keys()) {
      const act = async (): Promise<Outcome> => {
        const { corpus, paths } = writeFolder(entries)
        const out = join(corpus, '../out')
        const given = {
          corpus: [corpus],
          maxLength: 8,
          embeddings: 'none',
          invalid: 'replace',
          onError: 'skip',
        } as const
        const outcome = await outcomeOf(given, out, ({ event }) => {
          if (event === 'planned') changes[how]!(paths[place]!)
        })
        const name = (text: string): string => text.replaceAll(corpus, 'CORPUS')
        const { error, files } = outcome
        return error === undefined
          ? { files: { windows: String(Object.keys(files).length) } }
          : { error: { code: error.code, message: name(error.message) }, files }
      }
      const outcome = await act()
      expect(outcome).toEqual(await generally(act))
      expect(outcome.error === undefined).toBe(how === 'is another one with its content')
    }
  },
)

// Whoever is root may read everything.
test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
  'a small file that may not be read is told of as any other',
  async () => {
    const { corpus, paths } = writeFolder([
      ['txt', piece()],
      ['txt', piece()],
    ])
    chmodSync(paths[1]!, 0)
    const given = { corpus: [corpus], maxLength: 8, embeddings: 'none' } as const
    const outcome = await outcomeOf(given, join(corpus, '../out'))
    expect(outcome.error?.code).toBe('not-readable')
    expect(outcome).toEqual(await generally(() => outcomeOf(given, join(corpus, '../out'))))
  },
)

test('files are identified whole and once, whatever other threads do with their share', async () => {
  const folder = temporaryFolder()
  const paths = Array.from({ length: 20_000 }, (_, index) => join(folder, String(index % 500)))
  for (const path of new Set(paths)) writeFileSync(path, `text ${path}`)
  const expected = (await identifySmallFiles(new SmallFileReader(), paths, {})).sha256
  const reader = new SmallFileReader()
  let asked = 0
  const helpful: IdentifyingThread = { identify: (some, how) => identifySmallFiles(reader, some, how) }
  const mortal: IdentifyingThread = {
    async identify(some, how) {
      if (++asked > 3) throw new Error('The thread ended')
      return identifySmallFiles(new SmallFileReader(), some, how)
    },
  }
  const late: IdentifyingThread = { identify: () => new Promise(() => {}) }
  for (const threads of [[], [helpful], [mortal, helpful], [late, mortal]]) {
    const found: (string | undefined)[] = Array.from({ length: paths.length })
    await identifyOnThreads(
      paths,
      {},
      {
        threads,
        onIdentified(first, { sha256 }) {
          for (const [place, one] of sha256.entries()) {
            expect(found[first + place]).toBeUndefined()
            found[first + place] = one
          }
        },
      },
    )
    expect(found).toEqual(expected)
  }
  expect(asked).toBeGreaterThan(3)
})

test('looking at very many small files is told, and stops when it is told to', async () => {
  const folder = temporaryFolder()
  const paths = Array.from({ length: 10 }, (_, index) => join(folder, `${index}.txt`))
  for (const path of paths) writeFileSync(path, 'some words')
  const corpus = Array.from({ length: 70_000 }, (_, index) => paths[index % paths.length]!)
  const config = resolveRunConfig({ corpus, maxLength: 4, embeddings: 'none' })
  const access = { path: join(folder, 'out') }
  const told: number[] = []
  const { sources } = await openCorpus(config, access, { onHashing: (done) => told.push(done) })
  expect(sources).toHaveLength(corpus.length)
  expect(told.length).toBeGreaterThan(50)
  expect(told).toEqual(told.toSorted((left, right) => left - right))
  expect(told.at(-1)).toBe(10 * corpus.length)
  const stop = new AbortController()
  let after = 0
  const onHashing = (done: number): void => {
    if (stop.signal.aborted) after = done
    stop.abort()
  }
  await expect(openCorpus(config, access, { signal: stop.signal, onHashing })).rejects.toThrow(/abort/i)
  expect(after).toBe(0)
})
