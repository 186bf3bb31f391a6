/** Writing and reading a dataset beside a raw write of the same bytes, apache-arrow, pyarrow and Hugging Face datasets. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  commitManifest,
  createPartWriter,
  exportDataset,
  folderStorage,
  openDataset,
  sha256OfJson,
  type Dataset,
  type WindowBatch,
} from '@sluice/dataset'
import { batchesFor, layout, makeBatch } from './workload.ts'
import { writeParts, writeRaw, writeTable, type Write } from './writers.ts'
import type { BenchContext, BenchTable } from '@sluice/testing'
import { startReference, type Reference } from './reference.ts'

/** One thing to measure: seconds, and the bytes that were handled. */
interface Contender {
  readonly name: string
  readonly run: () => Promise<readonly [seconds: number, byteLength: number]>
}

export async function run({ quick, log }: BenchContext): Promise<readonly BenchTable[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-dataset-bench-'))
  const reference = await startReference()
  try {
    const byteLength = quick ? 1 << 26 : 2 ** 30
    const rounds = quick ? 2 : 7
    log('writing')
    const writing = await benchWriting(folder, byteLength, rounds, reference)
    log('memory')
    const memory = benchMemory(folder, quick ? [1 << 26, 1 << 27] : [2 ** 28, 2 ** 30, 2 ** 32])
    log('reading')
    return [writing, memory, ...(await benchReading(folder, byteLength, rounds, reference))]
  } finally {
    await reference?.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function benchWriting(
  folder: string,
  byteLength: number,
  rounds: number,
  reference: Reference | undefined,
): Promise<BenchTable> {
  const batch = makeBatch()
  const batches = batchesFor(byteLength)
  const ours = (name: string, write: Write): Contender => ({
    name,
    run: async () => {
      const scratch = mkdtempSync(join(folder, 'write-'))
      const start = performance.now()
      const written = await write(scratch, batch, batches)
      const seconds = (performance.now() - start) / 1000
      rmSync(scratch, { recursive: true })
      return [seconds, written]
    },
  })
  const contenders = [
    ours('raw writev of the same bytes, fsync', writeRaw),
    ours('part writer, hashing off', writeParts(false)),
    ours('part writer, sha256', writeParts(true)),
    ours('apache-arrow tableToIPC, then write, fsync', writeTable),
    ...(reference === undefined
      ? []
      : [
          {
            name: `pyarrow ${reference.versions['pyarrow']} RecordBatchFileWriter, fsync`,
            run: () => reference.measure('write', join(folder, 'pyarrow.arrow'), batch.rows, batches),
          },
        ]),
  ]
  return compare(
    `Write, ${formatSize(byteLength)} in record batches of 8 MiB, to the disk`,
    contenders,
    rounds,
    ['Aim: 0.9 of the raw write with hashing off, 0.75 with sha256.'],
  )
}

/** Takes turns, so that what else the machine does falls on all alike; the ratio is the median of each round's own. */
async function compare(
  title: string,
  contenders: readonly Contender[],
  rounds: number,
  notes: readonly string[] = [],
): Promise<BenchTable> {
  const speeds = contenders.map((): number[] => [])
  for (let round = -1; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const [seconds, byteLength] = await contender.run()
      // The first round warms caches, and the blocks of the disk.
      if (round >= 0) speeds[index]!.push(byteLength / 1e9 / seconds)
    }
  }
  const rows = contenders.map(({ name }, index) => {
    const ratios = speeds[index]!.map((speed, round) => speed / speeds[0]![round]!)
    const [least, most] = [Math.min(...speeds[index]!), Math.max(...speeds[index]!)]
    return [
      name,
      median(speeds[index]!).toFixed(2),
      `${least.toFixed(2)}–${most.toFixed(2)}`,
      median(ratios).toFixed(2),
    ]
  })
  return {
    title,
    columns: ['', 'GB/s', 'range', 'ratio'],
    rows,
    notes: [...notes, `Medians of ${rounds} interleaved rounds.`],
  }
}

function benchMemory(folder: string, sizes: readonly number[]): BenchTable {
  const script = fileURLToPath(new URL('peak-memory.ts', import.meta.url))
  const rows = sizes.map((size) => {
    const scratch = mkdtempSync(join(folder, 'memory-'))
    const args = ['--conditions=@sluice/source', script, scratch, String(size)]
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`peak-memory.ts failed: ${stderr}`)
    rmSync(scratch, { recursive: true })
    return [formatSize(size), `${stdout.trim()} MiB`]
  })
  return {
    title: 'Peak memory of a process that writes one part',
    columns: ['part', 'resident'],
    rows,
    notes: [
      'Node itself, its modules from source and one batch of 8 MiB included. Aim: under 200 MB whatever the size.',
    ],
  }
}

async function benchReading(
  folder: string,
  byteLength: number,
  rounds: number,
  reference: Reference | undefined,
): Promise<BenchTable[]> {
  const path = join(folder, 'dataset')
  mkdirSync(path)
  await writeDataset(path, batchesFor(byteLength))
  await using dataset = await openDataset(path)
  await exportDataset(dataset, { to: 'hf', out: `${path}.hf` })
  const windows = Array.from({ length: 500 }, (_, index) => (index * 7919) % dataset.length)
  const python = (name: string, request: string, ...rest: readonly unknown[]): Contender[] =>
    reference === undefined ? [] : [{ name, run: () => reference.measure(request, path, ...rest) }]
  const versions = reference?.versions ?? {}
  const sequential = [
    timed('batches(), one buffer', async () => {
      let read = 0
      for await (const { inputsEmbeds } of dataset.batches({ reuseMemory: true }))
        read += inputsEmbeds!.byteLength
      return read
    }),
    ...python(`pyarrow ${versions['pyarrow']} memory map, copied out`, 'sequential_pyarrow'),
    ...python(`datasets ${versions['datasets']}, numpy format`, 'sequential_hf'),
  ]
  const random = [
    timed('readSync() into the same memory', async () => readWindows(dataset, windows)),
    timed('read() into new memory', async () => {
      let read = 0
      for (const window of windows) read += (await dataset.read(window)).inputsEmbeds!.byteLength
      return read
    }),
    ...python(`pyarrow ${versions['pyarrow']} memory map, copied out`, 'random_pyarrow', windows),
    ...python(`datasets ${versions['datasets']}, numpy format`, 'random_hf', windows),
  ]
  const cached = `${readdirSync(join(path, 'parts')).length / 2} parts, ${formatSize(byteLength)}, in the page cache`
  return [
    await compare(`Read all windows in order, ${cached}`, sequential, rounds),
    await compare(`Read ${windows.length} windows of 0.79 MB in random order, ${cached}`, random, rounds),
  ]
}

function readWindows(dataset: Dataset, windows: readonly number[]): number {
  let read = 0
  let batch: WindowBatch | undefined
  for (const window of windows) {
    batch = dataset.readSync(window, 1, batch && { into: batch })
    read += batch.inputsEmbeds!.byteLength
  }
  return read
}

function timed(name: string, work: () => Promise<number>): Contender {
  return {
    name,
    run: async () => {
      const start = performance.now()
      const byteLength = await work()
      return [(performance.now() - start) / 1000, byteLength]
    },
  }
}

/** A dataset in parts of 256 MiB. */
async function writeDataset(path: string, batches: number): Promise<void> {
  const storage = folderStorage(path)
  const batch = makeBatch()
  const planId = sha256OfJson('bench')
  const batchesPerPart = batchesFor(2 ** 28)
  let index = 0
  for (let done = 0; done < batches; done += batchesPerPart) {
    await using writer = createPartWriter({ storage, layout, planId, index, firstWindow: done * batch.rows })
    for (let left = Math.min(batchesPerPart, batches - done); left > 0; left--) await writer.append(batch)
    await writer.finish()
    index++
  }
  await commitManifest(storage, {
    planId,
    config: null,
    layout,
    windows: { stride: layout.maxLength, boundary: 'cross' },
    identities: {
      tokenizer: { name: 'none', vocabSize: layout.vocabSize, sha256: planId },
      tables: [],
      graph: null,
    },
    sources: [],
    dropped: {},
    partCount: index,
  })
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

const formatSize = (byteLength: number): string =>
  byteLength >= 2 ** 30 ? `${byteLength / 2 ** 30} GiB` : `${byteLength / 2 ** 20} MiB`
