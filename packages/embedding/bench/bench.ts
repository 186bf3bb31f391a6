/** Looking up and adding at GPT-2's vocabulary, drawing its table, and rows of a model's table, beside PyTorch, onnxruntime in Python and a plain copy. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createEmbedder,
  createEmbeddingTable,
  lookUp,
  writeEmbeddingFiles,
  type Embedder,
} from '@sluice/embedding'
import { Generator, fillNormal, fillRandint } from '@sluice/torch-random'
import type { BenchContext, BenchTable } from '@sluice/testing'
import { startReference } from './reference.ts'
import { benchRows } from './rows.ts'

const vocabSize = 50257
const columns = 1024

/**
 * One thing to measure, all of them on one thread: it takes its seconds itself, so that other processes can answer too. They are
 * processor time, because the machine may be doing other things.
 */
interface Contender {
  readonly name: string
  readonly run: () => Promise<number>
}

/** No group of contenders is measured for longer than this, whatever else the machine does: all of it takes about three minutes. */
const mostSeconds = 20

export async function run({ quick, log, show }: BenchContext): Promise<readonly BenchTable[]> {
  const tables: BenchTable[] = []
  const shown = (table: BenchTable): void => {
    tables.push(table)
    show?.(table)
  }
  for (const dim of [256, 768]) {
    log(`dim ${dim}`)
    await benchDim({ dim, rows: quick ? 8 : 64, rounds: quick ? 3 : 15 }, shown)
  }
  log('rows')
  await benchRows(quick, shown)
  return tables
}

async function benchDim(
  { dim, rows, rounds }: Readonly<Record<'dim' | 'rows' | 'rounds', number>>,
  show: (table: BenchTable) => void,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    const generator = new Generator(123)
    const tokenTable = createEmbeddingTable({ numEmbeddings: vocabSize, embeddingDim: dim, generator })
    const positionTable = createEmbeddingTable({ numEmbeddings: columns, embeddingDim: dim, generator })
    await writeEmbeddingFiles(directory, { tokenTable, positionTable })
    const inputIds = new Int32Array(rows * columns)
    fillRandint(inputIds, { high: vocabSize, generator })
    writeFileSync(join(directory, 'input_ids.i32'), inputIds)
    const positionIds = Int32Array.from({ length: columns }, (_, i) => i)
    const output = new Float32Array(inputIds.length * dim)

    const embedders = await openEmbedders(directory)
    const reference = await startReference([directory, rows, columns, dim], false)
    const keeping = await startReference([directory, rows, columns, dim], true)
    const source = output.slice()
    const contenders: Contender[] = [
      { name: 'plain copy of as many bytes', run: timed(() => output.set(source)) },
      ...embedders.map((embedder) => ({
        name: `${embedder.provider}${embedder.provider === 'cpu' ? ' (ONNX Runtime, 1 thread)' : ''}`,
        run: timed(() => embedder.embed(inputIds, positionIds, output)),
      })),
      {
        name: 'copy of rows in JavaScript, nothing added',
        run: timed(() => void lookUp(tokenTable, inputIds, { output })),
      },
      ...referenceContenders(reference, {
        torch: 'torch eager tok(x) + pos, 1 thread',
        onnxruntime: 'onnxruntime in Python, io-binding, 1 thread',
      }),
      ...referenceContenders(keeping, { torch: 'the same torch, memory kept' }),
    ]
    const lookups = await measure(contenders, rounds)
    show(lookupTable({ dim, rows, bytes: output.byteLength }, lookups))

    const drawn = tokenTable.weight
    const draws = await measure(
      [
        { name: 'fillNormal', run: timed(() => fillNormal(drawn, { generator: new Generator(123) })) },
        {
          name: 'fillNormal, family scalar (JavaScript)',
          run: timed(() => fillNormal(drawn, { generator: new Generator(123), family: 'scalar' })),
        },
        ...referenceContenders(reference, { 'torch normal_': 'torch normal_, 1 thread' }),
      ],
      Math.min(5, rounds),
    )
    await Promise.all(embedders.map((embedder) => embedder.close()))
    await reference?.close()
    await keeping?.close()
    show(drawTable(dim, draws))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function openEmbedders(directory: string): Promise<Embedder[]> {
  const auto = await createEmbedder({ directory, provider: 'auto' })
  const runs = auto.reports.filter(({ bytesPerSecond }) => bytesPerSecond !== undefined)
  await auto.close()
  return Promise.all(runs.map(({ provider }) => createEmbedder({ directory, provider })))
}

function timed(work: () => Promise<void> | void): () => Promise<number> {
  return async () => {
    const start = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1e6
  }
}

function referenceContenders(
  reference: Awaited<ReturnType<typeof startReference>>,
  titles: Readonly<Record<string, string>>,
): Contender[] {
  if (!reference) return []
  return Object.entries(titles)
    .filter(([name]) => reference.names.includes(name))
    .map(([name, title]) => ({ name: title, run: () => reference.measure(name) }))
}

/** The best seconds of each, taken in turns, so that whatever else the machine does meets all alike; fewer turns where the time is up. */
async function measure(
  contenders: readonly Contender[],
  rounds: number,
): Promise<ReadonlyMap<string, number>> {
  const best = new Map<string, number>()
  const end = performance.now() + mostSeconds * 1000
  for (let round = 0; round < rounds && (round < 2 || performance.now() < end); round++) {
    for (const { name, run: once } of contenders)
      best.set(name, Math.min(best.get(name) ?? Infinity, await once()))
  }
  return best
}

function lookupTable(
  { dim, rows, bytes }: Readonly<Record<'dim' | 'rows' | 'bytes', number>>,
  seconds: ReadonlyMap<string, number>,
): BenchTable {
  const speed = (prefix: string) => {
    const found = Array.from(seconds).find(([name]) => name.startsWith(prefix))
    return found && bytes / found[1] / 1e9
  }
  const [copy, torch, keeping, python, cpu, wasm] = [
    'plain copy',
    'torch',
    'the same torch',
    'onnxruntime in',
    'cpu',
    'wasm',
  ].map(speed)
  return {
    title: `Embedding ${rows} x ${columns} ids, vocabulary ${vocabSize}, dim ${dim}, float32: best of several, taken in turns, in processor time; GB = 1e9 bytes of output`,
    columns: ['', 'GB/s', 'of a copy', 'of torch', 'of onnxruntime in Python'],
    rows: Array.from(seconds, ([name, taken]) => {
      const value = bytes / taken / 1e9
      return [name, value.toFixed(2), ratio(value, copy), ratio(value, torch), ratio(value, python)]
    }),
    notes: [
      'Memory kept: glibc is told not to give freed memory back, so that torch does not wait for pages of its two results.',
      target('cpu to torch eager', cpu, torch, 1.5),
      target('cpu to torch eager, memory kept', cpu, keeping, 1.5),
      target('cpu to onnxruntime in Python', cpu, python, 0.7),
      target('wasm to torch eager', wasm, torch, 1.5),
      target('wasm to torch eager, memory kept', wasm, keeping, 1.5),
      target('wasm to a plain copy', wasm, copy, 0.35),
    ],
  }
}

function ratio(value: number, base: number | undefined): string {
  return base === undefined ? '–' : (value / base).toFixed(2)
}

function target(what: string, value: number | undefined, base: number | undefined, least: number): string {
  if (value === undefined || base === undefined) return `${what}: not measured`
  const reached = value / base
  return `${what}: ${reached.toFixed(2)} (aim ${least}: ${reached >= least ? 'met' : 'missed'})`
}

function drawTable(dim: number, seconds: ReadonlyMap<string, number>): BenchTable {
  const torch = Array.from(seconds).find(([name]) => name.startsWith('torch'))?.[1]
  return {
    title: `Drawing the ${vocabSize} x ${dim} table, seed 123, into memory that is there: best of several, taken in turns, in processor time`,
    columns: ['', 'ms', 'times torch'],
    rows: Array.from(seconds, ([name, taken]) => [
      name,
      (taken * 1000).toFixed(0),
      torch === undefined ? '–' : (taken / torch).toFixed(2),
    ]),
    notes: ['Aim: within 3 times torch.'],
  }
}
