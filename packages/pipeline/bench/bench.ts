/**
 * Corpus to Arrow, end to end: ids alone and float32 embeddings at D = 256, with one and two threads, beside the
 * tokenizer alone, a Python reference (tiktoken + torch + pyarrow) and the disk's raw write of as many bytes. Ours is the
 * program that ships, from its start to its end.
 */
import { execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { openDataset } from '@sluice/dataset'
import {
  gatherCorpora,
  pythonEnvironment,
  repositoryRoot,
  theVerdict,
  type BenchContext,
  type BenchTable,
} from '@sluice/testing'
import ensureBuild from '@sluice/testing/ensure-build'

const sluice = join(repositoryRoot, 'apps/cli/bin/sluice.mjs')
const windowOptions = { maxLength: 256, stride: 256, dim: 256 } as const

/** Seconds of each row, one a round. */
type Timings = Map<string, number[]>

export async function run({ quick, log }: BenchContext): Promise<readonly BenchTable[]> {
  const folder = mkdtempSync(join(process.env['SLUICE_BENCH_FOLDER'] ?? tmpdir(), 'sluice-bench-'))
  try {
    ensureBuild()
    const texts = gatherCorpora(log).map(({ path }) => readFileSync(path))
    const idsText = join(folder, 'ids.txt')
    const longText = join(folder, 'long.txt')
    const embedsText = join(folder, 'embeds.txt')
    for (const text of texts)
      writeFileSync(idsText, cutAtLine(text, quick ? 1 << 18 : text.length), { flag: 'a' })
    // The start of the program is a part of the first; in the second it is a small one.
    for (let copy = 0; copy < 4; copy += 1) appendFileSync(longText, readFileSync(idsText))
    writeFileSync(embedsText, cutAtLine(texts[0]!, quick ? 1 << 18 : 4 << 20))
    const python = process.env['SLUICE_BENCH_PYTHON'] ?? pythonEnvironment()
    const rounds = quick ? 1 : 3
    return [
      await measure('ids', idsText, { folder, python, rounds, log }),
      await measure('ids', longText, { folder, python, rounds, log }),
      await measure('embeds', embedsText, { folder, python, rounds, log }),
      await measureStart(folder, quick ? 3 : 9),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface MeasureContext {
  readonly folder: string
  readonly python: string | undefined
  readonly rounds: number
  readonly log: (line: string) => void
}

async function measure(
  mode: 'ids' | 'embeds',
  corpus: string,
  { folder, python, rounds, log }: MeasureContext,
): Promise<BenchTable> {
  const textBytes = readFileSync(corpus).length
  const timings: Timings = new Map()
  let outBytes = 0
  let checked = ''
  const out = join(folder, 'out')
  for (let round = 0; round < rounds; round += 1) {
    log(`${mode}, round ${round + 1} of ${rounds}`)
    if (mode === 'ids') add(timings, 'the tokenizer alone, one thread', timeTokenizer(corpus))
    for (const threads of [1, 2]) {
      const seconds = timeSluice(mode, corpus, out, threads)
      add(timings, `sluice, ${threads === 1 ? 'one thread' : 'two threads'}`, seconds)
      outBytes = await byteLengthOf(out)
      if (round === 0) checked = await sumOfIds(out)
      rmSync(out, { recursive: true })
      // After each run: a virtual disk takes the first gigabytes after a rest at several times its usual speed.
      add(timings, 'raw write of the same bytes, fsync', timeRawWrite(out, outBytes))
    }
    for (const threads of mode === 'ids' ? [1, 2] : []) {
      const name = `sluice --to tokens, ${threads === 1 ? 'one thread' : 'two threads'}`
      add(timings, name, timeTokenFiles(corpus, out, threads))
      if (round === 0) checkTokens(out, checked)
      rmSync(out, { recursive: true })
    }
    if (python !== undefined)
      add(timings, 'Python: tiktoken, torch, pyarrow', timePython(python, mode, corpus, out, checked))
  }
  const base = median(timings.get('sluice, one thread')!)
  return {
    title: `${mode === 'ids' ? 'ids (--embeddings none)' : 'float32 embeddings, D = 256'}: ${(textBytes / 1e6).toFixed(1)} MB of text to ${(outBytes / 1e6).toFixed(0)} MB of Arrow, medians of ${rounds}`,
    columns: ['', 'seconds', 'MB/s of text', 'MB/s of Arrow', 'speed ÷ sluice, one thread'],
    rows: [...timings].map(([name, seconds]) => {
      const middle = median(seconds)
      return [
        name,
        middle.toFixed(2),
        (textBytes / 1e6 / middle).toFixed(1),
        (outBytes / 1e6 / middle).toFixed(0),
        (base / middle).toFixed(2),
      ]
    }),
    notes: [
      `windows of ${windowOptions.maxLength}, stride ${windowOptions.stride}; ours includes the start of the program, hashing the source, the tables (embeddings), sha256 of every part, fsync and the commit`,
      python === undefined
        ? 'no Python here: its row is left out'
        : 'Python: imports and vocabulary not counted, whole text in memory, no hashes, no fsync; windows and the sum of all ids are the same as ours (checked in each round)',
    ],
  }
}

/** The whole program, from its start to its end. */
function timeSluice(mode: 'ids' | 'embeds', corpus: string, out: string, threads: number): number {
  const { maxLength, stride, dim } = windowOptions
  const embeddings = mode === 'ids' ? 'none' : 'full'
  const settings = { '--out': out, '--threads': threads, '--embeddings': embeddings, '--dim': dim }
  const windows = { '--max-length': maxLength, '--stride': stride }
  const flags = Object.entries({ ...settings, ...windows }).flatMap(([name, value]) => [name, String(value)])
  const started = performance.now()
  execFileSync(process.execPath, [sluice, 'run', corpus, '--quiet', ...flags])
  return (performance.now() - started) / 1000
}

/** The same for flat token files. */
function timeTokenFiles(corpus: string, out: string, threads: number): number {
  const flags = ['--to', 'tokens', '--out', out, '--threads', String(threads)]
  const started = performance.now()
  execFileSync(process.execPath, [sluice, 'run', corpus, '--quiet', ...flags])
  return (performance.now() - started) / 1000
}

/** The ids of all windows, which do not overlap, are the first ones of the flat file. */
function checkTokens(folder: string, checked: string): void {
  const [windows = 0, sum] = checked.split(' ').map(Number)
  const bytes = readFileSync(join(folder, 'tokens.bin'))
  const ids = new Uint32Array(bytes.buffer, bytes.byteOffset, windows * windowOptions.maxLength)
  const found = ids.reduce((total, id) => total + id, 0)
  if (found !== sum) throw new Error(`The ids of tokens.bin add up to ${found}, those of windows to ${sum}`)
}

function timeTokenizer(corpus: string): number {
  const script = fileURLToPath(new URL('tokenizer-alone.ts', import.meta.url))
  return Number(execFileSync(process.execPath, ['--conditions=@sluice/source', script, corpus]))
}

async function byteLengthOf(folder: string): Promise<number> {
  await using dataset = await openDataset(folder)
  return dataset.manifest.totals.byteLength
}

/** The windows and the sum of all their ids, as the reference prints them. */
async function sumOfIds(folder: string): Promise<string> {
  await using dataset = await openDataset(folder)
  let sum = 0
  for await (const { inputIds } of dataset.batches({ reuseMemory: true }))
    for (const id of inputIds) sum += id
  return `${dataset.length} ${sum}`
}

function timePython(python: string, mode: string, corpus: string, out: string, checked: string): number {
  const script = fileURLToPath(new URL('reference.py', import.meta.url))
  const ranks = fileURLToPath(
    new URL('data/r50k_base.tiktoken', import.meta.resolve('gpt-tokenizer/package.json')),
  )
  const printed = execFileSync(python, [script, corpus, out, mode, ranks], { encoding: 'utf8' })
    .trim()
    .split(' ')
  rmSync(out)
  if (printed.slice(1).join(' ') !== checked)
    throw new Error(`Python made ${printed.slice(1).join(' ')}, sluice ${checked}`)
  return Number(printed[0])
}

function timeRawWrite(path: string, byteLength: number): number {
  const chunk = new Uint8Array(8 << 20).fill(7)
  const started = performance.now()
  const file = openSync(path, 'w')
  for (let left = byteLength; left > 0; left -= chunk.length)
    writeSync(file, chunk, 0, Math.min(left, chunk.length))
  fsyncSync(file)
  closeSync(file)
  const seconds = (performance.now() - started) / 1000
  rmSync(path)
  return seconds
}

/** From the command to what a user waits for, in the compiled command line. */
async function measureStart(folder: string, rounds: number): Promise<BenchTable> {
  const text = theVerdict
  const timings: Timings = new Map()
  for (let round = 0; round < rounds; round += 1) {
    add(timings, 'node -e 0', await timeProcess(['-e', '0']))
    add(timings, 'sluice --help', await timeProcess([sluice, '--help']))
    const out = join(folder, `start-${round}`)
    const args = [sluice, 'run', text, '--out', out, '--embeddings', 'none', '--json']
    add(
      timings,
      'sluice run of 20 kB, ids: first window',
      await timeProcess(args, '"phase":"embed","done":20'),
    )
    rmSync(out, { recursive: true })
  }
  return {
    title: `from the command to the answer, medians of ${rounds}`,
    columns: ['', 'seconds'],
    rows: [...timings].map(([name, seconds]) => [name, median(seconds).toFixed(3)]),
  }
}

/** Seconds until a process prints `until`, or ends. */
async function timeProcess(args: readonly string[], until?: string): Promise<number> {
  const started = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let seen: number | undefined
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    if (until !== undefined && piece.includes(until)) seen ??= (performance.now() - started) / 1000
  })
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve)
  })
  if (code !== 0 || (until !== undefined && seen === undefined))
    throw new Error(`${args.join(' ')} failed with ${code}`)
  return seen ?? (performance.now() - started) / 1000
}

function cutAtLine(bytes: Uint8Array, limit: number): Uint8Array {
  return bytes.length <= limit ? bytes : bytes.subarray(0, bytes.lastIndexOf(0x0a, limit) + 1)
}

function add(timings: Timings, name: string, seconds: number): void {
  timings.set(name, [...(timings.get(name) ?? []), seconds])
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
