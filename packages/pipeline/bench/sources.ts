import { execFileSync } from 'node:child_process'
import { openSync, readFileSync, closeSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { seededRandom, type BenchTable } from '@sluice/testing'
import { gpt2Ranks, median, sluice } from './programs.ts'

/** What {@link measureSources} works with. */
export interface SourcesContext {
  readonly folder: string
  /** Without it only .txt and .jsonl are measured. */
  readonly python: string | undefined
  readonly rounds: number
  readonly log: (line: string) => void
}

/** Two kinds of documents: pages, and posts, of which a run has to begin and end ten times as many. */
const documentKinds = [
  { name: 'pages', meanBytes: 3500 },
  { name: 'posts', meanBytes: 350 },
]

/** The same text as one .txt and as documents in JSON lines, Parquet and Arrow, beside Hugging Face datasets on the JSON lines. */
export function* measureSources(corpus: string, context: SourcesContext): Generator<BenchTable, void> {
  for (const { name, meanBytes } of documentKinds) {
    const sources = writeDocuments(corpus, meanBytes, context)
    yield measureKind(name, corpus, sources, context)
    for (const path of sources) rmSync(path)
  }
}

function measureKind(
  name: string,
  corpus: string,
  sources: readonly string[],
  { folder, python, rounds, log }: SourcesContext,
): BenchTable {
  const textBytes = statSync(corpus).size
  const out = join(folder, 'out')
  const files = [corpus, ...sources]
  const timings = new Map<string, number[]>()
  const add = (row: string, seconds: number): void => {
    timings.set(row, [...(timings.get(row) ?? []), seconds])
  }
  const nameOf = (path: string, threads: number): string =>
    `.${path.split('.').at(-1)!}, ${threads === 1 ? 'one thread' : 'two threads'}`
  let tokens = 0
  for (let round = 0; round < rounds; round += 1) {
    log(`sources, ${name}, round ${round + 1} of ${rounds}`)
    for (const threads of [1, 2]) {
      for (const path of files) {
        const run = timeRun(path, out, threads)
        add(nameOf(path, threads), run.seconds)
        if (path.endsWith('.jsonl')) tokens = run.tokens
        else if (path !== corpus && run.tokens !== tokens)
          throw new Error(`${path} gave ${run.tokens} ids, the JSON lines ${tokens}`)
      }
    }
  }
  // Once: it takes as long as all the others.
  if (python !== undefined)
    add('datasets: map with tokenizers, two processes', timeDatasets(python, sources[0]!, out, tokens))
  const base = { 1: median(timings.get(nameOf(corpus, 1))!), 2: median(timings.get(nameOf(corpus, 2))!) }
  return {
    title: `ids of ${(textBytes / 1e6).toFixed(1)} MB of text as documents of about ${documentKinds.find((kind) => kind.name === name)!.meanBytes} bytes (${name}), medians of ${rounds}`,
    columns: ['source', 'seconds', 'MB/s of text', 'speed ÷ .txt'],
    rows: [...timings].map(([row, seconds]) => {
      const middle = median(seconds)
      const threads = row.endsWith('one thread') ? 1 : 2
      return [
        row,
        middle.toFixed(2),
        (textBytes / 1e6 / middle).toFixed(1),
        (base[threads] / middle).toFixed(2),
      ]
    }),
    notes: [
      'ours from the start of the program to its end, hashing the source, sha256 of every part and fsync included; the .txt is one document',
      'datasets: load_dataset of the .jsonl, map with tokenizers, windows of 256 and their targets, save_to_disk; imports and vocabulary not counted, no hashes, no fsync, once; the ids are as many as ours (checked)',
    ],
  }
}

function timeRun(corpus: string, out: string, threads: number): { seconds: number; tokens: number } {
  const flags = ['--embeddings', 'none', '--max-length', '256', '--threads', String(threads), '--json']
  const started = performance.now()
  const printed = execFileSync(process.execPath, [sluice, 'run', corpus, '--out', out, ...flags], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  })
  const seconds = (performance.now() - started) / 1000
  rmSync(out, { recursive: true })
  const { tokens } = JSON.parse(printed.trim().split('\n').at(-1)!) as { tokens: number }
  return { seconds, tokens }
}

/** Each document is followed by a separator there, where ours stand between two. */
function timeDatasets(python: string, jsonl: string, out: string, tokens: number): number {
  const script = fileURLToPath(new URL('datasets_map.py', import.meta.url))
  const printed = execFileSync(python, [script, jsonl, out, '2', gpt2Ranks()], { encoding: 'utf8' })
  for (const path of [out, `${out}-cache`]) rmSync(path, { recursive: true })
  const [seconds, found] = printed.trim().split(' ').map(Number)
  if (found !== tokens + 1) throw new Error(`datasets made ${found} ids, sluice ${tokens}`)
  return seconds!
}

/** Cuts a text at line ends into documents; gives the .jsonl and, where there is Python, the same as .parquet and .arrow. */
function writeDocuments(
  corpus: string,
  meanBytes: number,
  { folder, python }: SourcesContext,
): readonly string[] {
  const lines = readFileSync(corpus, 'utf8').split(/(?<=\n)/)
  const random = seededRandom(meanBytes)
  const jsonl = join(folder, 'documents.jsonl')
  const file = openSync(jsonl, 'w')
  let text = ''
  let wanted = 0
  let pending = ''
  const end = (): void => {
    pending += `${JSON.stringify({ id: random(), text })}\n`
    text = ''
    wanted = meanBytes * (0.3 + 1.4 * random())
    if (pending.length > 1 << 22) pending = writeOut(file, pending)
  }
  for (const line of lines) {
    text += line
    if (text.length >= wanted) end()
  }
  if (text !== '') end()
  writeOut(file, pending)
  closeSync(file)
  if (python === undefined) return [jsonl]
  const tables = ['parquet', 'arrow'].map((ending) => join(folder, `documents.${ending}`))
  execFileSync(python, [fileURLToPath(new URL('tables_of_jsonl.py', import.meta.url)), jsonl, ...tables])
  return [jsonl, ...tables]
}

function writeOut(file: number, text: string): '' {
  writeSync(file, text)
  return ''
}
