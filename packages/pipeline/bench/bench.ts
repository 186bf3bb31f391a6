/**
 * Corpus to Arrow, end to end: ids alone beside the tokenizer alone, and embeddings beside the disk's raw write of as many bytes, with
 * one and two threads; a Python reference (tiktoken + torch + pyarrow); sources of each format, and Hugging Face datasets on the same
 * JSON lines; and the start. Ours is the program that ships, from its start to its end.
 *
 * SLUICE_BENCH_COPIES=40 makes the longer corpus one of 3 GB, which writes 10 GB of Arrow.
 */
import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { openDataset } from '@sluice/dataset'
import { benchPython, gatherCorpora, theVerdict, type BenchContext, type BenchTable } from '@sluice/testing'
import ensureBuild from '@sluice/testing/ensure-build'
import { timeDirectWrite, timeRawWrite, timeSha256 } from './floors.ts'
import { gpt2Ranks, median, sluice } from './programs.ts'
import { measureSources } from './sources.ts'
import { timedProcess, type ProcessCost } from './timed-process.ts'

const windowOptions = { maxLength: 256, stride: 256 } as const

/** What is made of a corpus. */
interface Workload {
  readonly name: string
  readonly flags: readonly string[]
  /** What the Python reference makes of it. */
  readonly python?: 'ids' | 'embeds'
  /** The row that all others are measured against. */
  readonly base: 'the tokenizer alone, one thread' | 'raw write of the same bytes, fsync'
}

const idsAlone: Workload = {
  name: 'ids (--embeddings none)',
  flags: ['--embeddings', 'none'],
  python: 'ids',
  base: 'the tokenizer alone, one thread',
}
const vectors = { base: 'raw write of the same bytes, fsync' } as const
const float256: Workload = {
  ...vectors,
  name: 'float32 embeddings, D = 256',
  flags: ['--dim', '256'],
  python: 'embeds',
}
const float768: Workload = { ...vectors, name: 'float32 embeddings, D = 768', flags: ['--dim', '768'] }
const half768: Workload = {
  ...vectors,
  name: 'bfloat16 embeddings, D = 768',
  flags: ['--dim', '768', '--dtype', 'bf16'],
}

/** Seconds of each row, one a round. */
type Timings = Map<string, number[]>

export async function run({ quick, log, show }: BenchContext): Promise<readonly BenchTable[]> {
  const folder = mkdtempSync(join(process.env['SLUICE_BENCH_FOLDER'] ?? tmpdir(), 'sluice-bench-'))
  try {
    ensureBuild()
    const texts = gatherCorpora(log).map(({ path }) => readFileSync(path))
    const idsText = join(folder, 'ids.txt')
    const longText = join(folder, 'long.txt')
    const embedsText = join(folder, 'embeds.txt')
    const wideText = join(folder, 'wide.txt')
    for (const text of texts)
      writeFileSync(idsText, cutAtLine(text, quick ? 1 << 18 : text.length), { flag: 'a' })
    // The start of the program is a part of the first; in the second it is a small one.
    const copies = Number(process.env['SLUICE_BENCH_COPIES'] ?? 4)
    for (let copy = 0; copy < copies; copy += 1) appendFileSync(longText, readFileSync(idsText))
    writeFileSync(embedsText, cutAtLine(texts[0]!, quick ? 1 << 18 : 4 << 20))
    writeFileSync(wideText, cutAtLine(texts[0]!, quick ? 1 << 17 : 3 << 19))
    const python = benchPython('tiktoken', 'torch', 'pyarrow', 'datasets', 'tokenizers')
    const rounds = quick ? 1 : 3
    const context = { folder, python, rounds, log }
    const tables: BenchTable[] = []
    const made = (table: BenchTable): void => {
      tables.push(table)
      show?.(table)
    }
    made(await measure(idsAlone, idsText, context))
    made(await measure(idsAlone, longText, { ...context, pythonRounds: 1 }))
    made(await measure(float256, embedsText, context))
    made(await measure(float768, wideText, context))
    made(await measure(half768, wideText, context))
    for (const table of measureSources(idsText, context)) made(table)
    made(await measureStart(folder, quick ? 3 : 9))
    return tables
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface MeasureContext {
  readonly folder: string
  readonly python: string | undefined
  readonly rounds: number
  /** Of the Python reference, where it is slow. @default rounds */
  readonly pythonRounds?: number
  readonly log: (line: string) => void
}

async function measure(
  workload: Workload,
  corpus: string,
  { folder, python, rounds, pythonRounds = rounds, log }: MeasureContext,
): Promise<BenchTable> {
  const { name: title, base: baseName } = workload
  const textBytes = readFileSync(corpus).length
  const timings: Timings = new Map()
  const memory = new Map<string, number>()
  const processors: Timings = new Map()
  const addCost = (name: string, measured: () => ProcessCost): void => {
    const { wall, cpu, megabytes } = measured()
    add(timings, name, wall)
    add(processors, name, cpu)
    memory.set(name, Math.max(memory.get(name) ?? 0, megabytes))
  }
  let outBytes = 0
  let checked = ''
  const out = join(folder, 'out')
  for (let round = 0; round < rounds; round += 1) {
    log(`${title}, round ${round + 1} of ${rounds}`)
    if (workload === idsAlone) add(timings, 'the tokenizer alone, one thread', timeTokenizer(corpus))
    for (const threads of [1, 2]) {
      addCost(`sluice, ${threads === 1 ? 'one thread' : 'two threads'}`, () =>
        timeSluice(workload, corpus, folder, out, threads),
      )
      outBytes = await byteLengthOf(out)
      if (round === 0) checked = await sumOfIds(out)
      rmSync(out, { recursive: true })
      // After each run: a virtual disk takes the first gigabytes after a rest at several times its usual speed.
      add(timings, 'raw write of the same bytes, fsync', timeRawWrite(out, outBytes))
      const direct = timeDirectWrite(out, outBytes)
      if (direct !== undefined) add(timings, "raw write around the system's cache, fsync", direct)
      add(timings, 'sha256 of the same bytes, one thread', timeSha256(outBytes))
    }
    for (const threads of workload === idsAlone ? [1, 2] : []) {
      const name = `sluice --to tokens, ${threads === 1 ? 'one thread' : 'two threads'}`
      addCost(name, () => timeTokenFiles(corpus, folder, out, threads))
      if (round === 0) checkTokens(out, checked)
      rmSync(out, { recursive: true })
    }
    if (python !== undefined && workload.python !== undefined && round < pythonRounds) {
      const seconds = timePython(python, workload.python, corpus, out, checked)
      add(timings, 'Python: tiktoken, torch, pyarrow', seconds)
    }
  }
  const base = median(timings.get(baseName)!)
  return {
    title: `${title}: ${(textBytes / 1e6).toFixed(1)} MB of text to ${(outBytes / 1e6).toFixed(0)} MB of Arrow, medians of ${rounds}`,
    columns: [
      ...['', 'seconds', 'of processors', 'MB/s of text', 'MB/s of Arrow'],
      ...[`speed ÷ ${baseName}`, 'most memory, MB'],
    ],
    rows: [...timings].map(([name, seconds]) => {
      const middle = median(seconds)
      return [
        name,
        middle.toFixed(2),
        processors.has(name) ? median(processors.get(name)!).toFixed(2) : '',
        (textBytes / 1e6 / middle).toFixed(1),
        (outBytes / 1e6 / middle).toFixed(0),
        (base / middle).toFixed(2),
        memory.get(name)?.toFixed(0) ?? '',
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
function timeSluice(
  workload: Workload,
  corpus: string,
  folder: string,
  out: string,
  threads: number,
): ProcessCost {
  const { maxLength, stride } = windowOptions
  const settings = { '--out': out, '--threads': threads, '--max-length': maxLength, '--stride': stride }
  const common = Object.entries(settings).flatMap(([name, value]) => [name, String(value)])
  return timedProcess([sluice, 'run', corpus, '--quiet', ...common, ...workload.flags], folder)
}

/** The same for flat token files. */
function timeTokenFiles(corpus: string, folder: string, out: string, threads: number): ProcessCost {
  const flags = ['--to', 'tokens', '--out', out, '--threads', String(threads)]
  return timedProcess([sluice, 'run', corpus, '--quiet', ...flags], folder)
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
  const printed = execFileSync(python, [script, corpus, out, mode, gpt2Ranks()], { encoding: 'utf8' })
    .trim()
    .split(' ')
  rmSync(out)
  if (printed.slice(1).join(' ') !== checked)
    throw new Error(`Python made ${printed.slice(1).join(' ')}, sluice ${checked}`)
  return Number(printed[0])
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
