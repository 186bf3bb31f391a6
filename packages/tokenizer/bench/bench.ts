import { fileURLToPath } from 'node:url'
import { corpusLimit, gatherCorpora } from '@sluice/testing'
import type { BenchContext, BenchTable } from '@sluice/testing'
import type { Measurement } from './measurement.ts'
import { type MeasuredEncoding, measuredEncodings, peers } from './peers.ts'
import { readBeginning } from './read-beginning.ts'
import { python, pythonHas, runPython, runScript } from './run-process.ts'

const native = 'tiktoken (Python, native)'
const sluice = '@sluice/tokenizer'
/** Not a row: what @sluice/tokenizer gives for the shorter texts, to compare the slow peers' ids with. */
const beginnings = 'beginnings'

/** Of one text and encoding: the measurements of every peer. */
type Results = Map<string, Measurement[]>

/**
 * Every tokenizer a Node user can install, and native tiktoken when `SLUICE_BENCH_PYTHON` (or `python3`) has it, on the
 * same bytes; every row's ids are compared before anything is printed.
 */
export async function run({ quick, log }: BenchContext): Promise<readonly BenchTable[]> {
  const corpora = gatherCorpora(log)
  const hasNative = pythonHas('tiktoken', 'numpy')
  if (!hasNative) log(`${python} has no tiktoken: its rows are left out (set SLUICE_BENCH_PYTHON)`)
  const texts = quick ? corpora.slice(0, 2) : corpora
  const tables: BenchTable[] = []
  for (const encoding of wantedEncodings()) {
    const results = new Map<string, Results>(
      texts.map(({ name }) => [name, new Map<string, Measurement[]>()]),
    )
    for (const { name, path } of texts) {
      log(`${encoding}, ${name}`)
      await measureFresh(encoding, path, quick, hasNative, results.get(name)!)
    }
    const references = new Map<number, Measurement[]>()
    for (const peer of peers.filter(({ byteLimit }) => Number.isFinite(byteLimit))) {
      log(`${encoding}, ${peer.name}`)
      const paths = texts.map(({ path }) => path)
      const limit = quick ? 1 << 16 : peer.byteLimit
      const measurements = await runPeer(peer.name, encoding, limit, 2, paths)
      const expected = references.get(limit) ?? (await runPeer(sluice, encoding, limit, 1, paths))
      references.set(limit, expected)
      for (const [at, { name }] of texts.entries()) {
        add(results.get(name)!, peer.name, measurements[at]!)
        add(results.get(name)!, beginnings, expected[at]!)
      }
    }
    tables.push(speedTable(encoding, results, 'first'), speedTable(encoding, results, 'warm'))
  }
  return tables
}

/** Those of `SLUICE_BENCH_ENCODINGS`, a list with commas, or all. */
function wantedEncodings(): readonly MeasuredEncoding[] {
  const wanted = process.env['SLUICE_BENCH_ENCODINGS']?.split(',')
  return measuredEncodings.filter((encoding) => wanted?.includes(encoding) ?? true)
}

/** Fresh processes for each text and encoder: `SLUICE_BENCH_ROUNDS`, or 2. */
const rounds = Number(process.env['SLUICE_BENCH_ROUNDS'] ?? 2)

/** Our own encoder and native tiktoken: each text in a fresh process, in turns. */
async function measureFresh(
  encoding: MeasuredEncoding,
  path: string,
  quick: boolean,
  hasNative: boolean,
  results: Results,
): Promise<void> {
  const limit = quick ? 1 << 19 : corpusLimit
  for (let round = 0; round < (quick ? 1 : rounds); round++) {
    add(results, sluice, (await runPeer(sluice, encoding, limit, 3, [path]))[0]!)
    if (hasNative) add(results, native, await runNative(encoding, path, limit))
  }
}

async function runPeer(
  name: string,
  encoding: MeasuredEncoding,
  limit: number,
  passes: number,
  paths: readonly string[],
): Promise<Measurement[]> {
  return (await runScript('run-peer.ts', [
    name,
    encoding,
    String(limit),
    String(passes),
    ...paths,
  ])) as Measurement[]
}

async function runNative(encoding: MeasuredEncoding, path: string, limit: number): Promise<Measurement> {
  const ranks = fileURLToPath(new URL('data/', import.meta.resolve('gpt-tokenizer/package.json')))
  const { length } = readBeginning(path, limit)
  return runPython('tiktoken_peer.py', [encoding, path, String(length), '2', ranks])
}

function add(results: Results, name: string, measurement: Measurement): void {
  const list = results.get(name)
  if (list === undefined) results.set(name, [measurement])
  else list.push(measurement)
}

function speedTable(
  encoding: MeasuredEncoding,
  results: ReadonlyMap<string, Results>,
  pass: 'first' | 'warm',
): BenchTable {
  const names = [sluice, native, ...peers.map(({ name }) => name)]
  const shown = [...new Set(names)].filter((name) => [...results.values()].some((result) => result.has(name)))
  const rows = shown.map((name) => [
    name,
    ...[...results.values()].map((result) => describe(result.get(name), pass)),
  ])
  const fastest = [...results.values()].map((result) => ratio(result, [native], pass))
  const next = [...results.values()].map((result) =>
    ratio(
      result,
      peers.slice(2).map(({ name }) => name),
      pass,
    ),
  )
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
        ? 'Loading is not in it; copying in and out is. @sluice/tokenizer writes to memory that is in use already, the others make their own arrays. @sluice/tokenizer and native tiktoken: whole texts, 4.5 to 16 MiB, each in fresh processes, in turns, the best of them; the others: less of each text, all texts in one process, so only the first column is a cold start.'
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
    for (const name of [native, sluice, beginnings]) {
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
  return speeds.length === 0 ? NaN : Math.max(...speeds)
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
