import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gatherCorpora } from './gather-corpora.ts'
import type { Measurement } from './measurement.ts'
import { type MeasuredEncoding, measuredEncodings, peers } from './peers.ts'

/** The tables and context of tools/bench/benchmark.ts. */
interface BenchTable {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
  readonly notes?: readonly string[]
}
interface BenchContext {
  readonly quick: boolean
  readonly log: (line: string) => void
}

const runProcess = promisify(execFile)
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const native = 'tiktoken (Python, native)'
const sluice = '@sluice/tokenizer'
const python = process.env['SLUICE_BENCH_PYTHON'] ?? 'python3'

/** One file and encoding: the measurements of every peer, in rounds, each in a process of its own. */
type Results = ReadonlyMap<string, readonly Measurement[]>

/**
 * Every tokenizer a Node user can install, and native tiktoken when `SLUICE_BENCH_PYTHON` (or `python3`) has it, on the
 * same bytes, each run in a fresh process, in turns; every row's ids are compared before anything is printed.
 */
export async function run({ quick, log }: BenchContext): Promise<readonly BenchTable[]> {
  const corpora = gatherCorpora(log)
  const hasNative = pythonHasTiktoken()
  if (!hasNative) log(`${python} has no tiktoken: its rows are left out (set SLUICE_BENCH_PYTHON)`)
  const tables: BenchTable[] = []
  for (const encoding of measuredEncodings) {
    const results = new Map<string, Results>()
    for (const { name, path } of quick ? corpora.slice(0, 2) : corpora) {
      log(`${encoding}, ${name}`)
      results.set(name, await measureText(encoding, path, quick, hasNative))
    }
    tables.push(speedTable(encoding, results, 'first'), speedTable(encoding, results, 'warm'))
  }
  return tables
}

function pythonHasTiktoken(): boolean {
  try {
    execFileSync(python, ['-c', 'import tiktoken, numpy'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function measureText(
  encoding: MeasuredEncoding,
  path: string,
  quick: boolean,
  hasNative: boolean,
): Promise<Results> {
  const limit = quick ? 1 << 19 : 1 << 22
  const rounds = quick ? 1 : 3
  const results = new Map<string, Measurement[]>()
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      const isSlow = Number.isFinite(peer.byteLimit)
      if (round > 0 && peer.name !== sluice) continue
      const byteLength = prefixLength(path, Math.min(limit, peer.byteLimit))
      const passes = isSlow ? 2 : 4
      const script = [here('run-peer.ts'), peer.name, encoding, path, String(byteLength), String(passes)]
      const { stdout } = await runProcess(process.execPath, [
        '--conditions=@sluice/source',
        '--disable-warning=ExperimentalWarning',
        ...script,
      ])
      add(results, peer.name, JSON.parse(stdout) as Measurement)
    }
    if (hasNative) {
      const ranks = fileURLToPath(new URL('data/', import.meta.resolve('gpt-tokenizer/package.json')))
      const script = [here('tiktoken_peer.py'), encoding, path, String(prefixLength(path, limit)), '2', ranks]
      add(results, native, JSON.parse((await runProcess(python, script)).stdout) as Measurement)
    }
  }
  return results
}

function add(results: Map<string, Measurement[]>, name: string, measurement: Measurement): void {
  const list = results.get(name)
  if (list === undefined) results.set(name, [measurement])
  else list.push(measurement)
}

/** At most `limit`, cut at a line, so that every peer's bytes are whole characters. */
function prefixLength(path: string, limit: number): number {
  const bytes = readFileSync(path)
  return bytes.length <= limit ? bytes.length : bytes.lastIndexOf(0x0a, limit) + 1
}

function speedTable(
  encoding: MeasuredEncoding,
  results: ReadonlyMap<string, Results>,
  pass: 'first' | 'warm',
): BenchTable {
  const names = [sluice, `${sluice}, typescript`, native, ...peers.map(({ name }) => name)]
  const shown = [...new Set(names)].filter((name) => [...results.values()].some((result) => result.has(name)))
  const rows = shown.map((name) => [
    name,
    ...[...results.values()].map((result) => describe(result.get(name), pass)),
  ])
  const fastest = [...results.values()].map((result) => ratio(result, [native], pass))
  const next = [...results.values()].map((result) => ratio(result, shown.slice(3), pass))
  rows.push(
    ['@sluice/tokenizer ÷ native tiktoken', ...fastest],
    ['@sluice/tokenizer ÷ the fastest other npm package', ...next],
  )
  return {
    title: `${encoding}, ${pass === 'first' ? 'first pass in a fresh process' : 'warm, best pass'}: MB/s of processor time`,
    columns: ['tokenizer', ...results.keys()],
    rows,
    notes: [
      ...checkIds(results),
      pass === 'first'
        ? 'Loading is not in it; copying in and out is. Median of three processes for @sluice/tokenizer and tiktoken, run in turns; one for the others, the slow ones on a shorter prefix.'
        : 'Best of the passes after the first.',
      'Processor time, user and system, of all threads: on a machine with other work it says more than wall time.',
    ],
  }
}

/** Peers that were given the same bytes must give the same ids; those that do not are named. */
function checkIds(results: ReadonlyMap<string, Results>): string[] {
  const wrong: string[] = []
  for (const [text, result] of results) {
    const expected = new Map<number, string>()
    for (const name of [native, sluice]) {
      for (const { byteLength, sha256 } of result.get(name) ?? [])
        expected.set(byteLength, expected.get(byteLength) ?? sha256)
    }
    for (const [name, measurements] of result) {
      if (measurements.some(({ byteLength, sha256 }) => (expected.get(byteLength) ?? sha256) !== sha256)) {
        wrong.push(`${name} on ${text}`)
      }
    }
  }
  return [
    wrong.length === 0
      ? 'Ids compared: all equal where the bytes are the same.'
      : `Other ids than the reference: ${wrong.join('; ')}.`,
  ]
}

function speed(measurements: readonly Measurement[] | undefined, pass: 'first' | 'warm'): number {
  const speeds = (measurements ?? []).map(({ byteLength, cpuSeconds }) => {
    const seconds = pass === 'first' ? cpuSeconds[0]! : Math.min(...cpuSeconds.slice(1))
    return byteLength / seconds / 1e6
  })
  const sorted = speeds.toSorted((a, b) => a - b)
  return pass === 'first' ? (sorted[sorted.length >> 1] ?? NaN) : (sorted.at(-1) ?? NaN)
}

function describe(measurements: readonly Measurement[] | undefined, pass: 'first' | 'warm'): string {
  const value = speed(measurements, pass)
  return Number.isNaN(value) ? '' : value.toFixed(value < 10 ? 2 : 1)
}

function ratio(result: Results, others: readonly string[], pass: 'first' | 'warm'): string {
  const best = Math.max(
    ...others.map((name) => speed(result.get(name), pass)).filter((value) => !Number.isNaN(value)),
  )
  return Number.isFinite(best) ? `${(speed(result.get(sluice), pass) / best).toFixed(1)}×` : ''
}
