/** Batches of ids and of f32 embeddings, beside the book's torch DataLoader, Hugging Face datasets and a plain copy. */
import {
  createDataLoader,
  type BatchMemory,
  type DataLoader,
  type DataLoaderOptions,
} from '@sluice/dataloader'
import type { Dataset } from '@sluice/dataset'
import { fillRandint, Generator } from '@sluice/torch-random'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeDataset } from '../test/write-dataset.ts'
import type { BenchContext, BenchTable } from '@sluice/testing'
import { startReference, type Reference } from './reference.ts'

/** One pass over all batches, and the seconds it took. */
interface Contender {
  readonly name: string
  readonly run: () => Promise<number>
}

const vocabSize = 50257

export async function run({ quick, log }: BenchContext): Promise<readonly BenchTable[]> {
  const rounds = quick ? 2 : 5
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    log('ids, 256 a window')
    const book = await benchIds(
      folder,
      { tokens: quick ? 100_000 : 1_000_000, maxLength: 256, stride: 128 },
      8,
      rounds,
    )
    log('ids, 4 a window')
    const short = await benchIds(
      folder,
      { tokens: quick ? 40_000 : 80_000, maxLength: 4, stride: 4 },
      8,
      rounds,
    )
    log('embeddings')
    const embeds = await benchEmbeddings(folder, quick ? 128 : 1024, rounds)
    return [book, short, embeds]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface IdsShape {
  readonly tokens: number
  readonly maxLength: number
  readonly stride: number
}

async function benchIds(
  root: string,
  { tokens, maxLength, stride }: IdsShape,
  batchSize: number,
  rounds: number,
): Promise<BenchTable> {
  const folder = join(root, `ids-${maxLength}`)
  const ids = new Int32Array(tokens)
  fillRandint(ids, { high: vocabSize, generator: new Generator(1) })
  const idsFile = join(root, `ids-${maxLength}.i32`)
  writeFileSync(idsFile, ids)
  await using dataset = await writeDataset({
    folder,
    ids,
    maxLength,
    stride,
    vocabSize,
    rowsPerPart: 1 << 20,
  })
  const reference = await startReference([folder, idsFile, batchSize, stride])

  const options = { batchSize, seed: 1 } as const
  const ofIds = (more: DataLoaderOptions) => createDataLoader(ids, { ...options, maxLength, stride, ...more })
  const ofFolder = (more: DataLoaderOptions) => createDataLoader(dataset, { ...options, ...more })
  const loaders: readonly (readonly [string, DataLoader])[] = [
    ['ids in memory, in order', await ofIds({ shuffle: false })],
    ['ids in memory, PyTorch shuffle', await ofIds({ shuffle: true })],
    ['ids in memory, keyed shuffle', await ofIds({ shuffle: 'keyed' })],
    [memoryInOrder, await ofIds({ shuffle: false, output: [idsMemory(batchSize * maxLength)] })],
    [memoryShuffled, await ofIds({ shuffle: true, output: [idsMemory(batchSize * maxLength)] })],
    ['dataset, in order (views)', await ofFolder({ shuffle: false })],
    ['dataset, PyTorch shuffle', await ofFolder({ shuffle: true })],
    ['dataset, keyed shuffle', await ofFolder({ shuffle: 'keyed' })],
    ['dataset, keyed, no cache', await ofFolder({ shuffle: 'keyed', cacheByteLength: 0 })],
    ['dataset, block shuffle', await ofFolder({ shuffle: 'block' })],
    ['dataset, keyed, 1 thread', await ofFolder({ shuffle: 'keyed', numWorkers: 1, prefetchFactor: 16 })],
  ]
  const contenders = [
    ...loaders.map(([name, loader]) => ({ name, run: () => pass(loader) })),
    ...pythonContenders(reference, {
      'python sequential': 'Python reader, in order (views)',
      'python keyed': 'Python reader, keyed',
      'torch sequential': bookInOrder,
      'torch shuffled': baseline,
      'torch shuffled, 2 workers': 'torch DataLoader of the book, shuffled, 2 workers',
      'datasets sequential': 'Hugging Face datasets, torch format, in order',
      'datasets shuffled': 'Hugging Face datasets, torch format, shuffled',
    }),
  ]
  const seconds = await measure(contenders, rounds)
  for (const [, loader] of loaders) await loader.close()
  await reference?.close()

  const windows = Math.floor(dataset.length / batchSize) * batchSize
  const slowest = seconds.get(baseline)
  const rows = [...seconds].map(([name, best]) => {
    const bytes = windows * maxLength * 2 * 4
    const ratio = slowest === undefined ? '' : `${(slowest / best).toFixed(1)}×`
    return [name, Math.round(windows / best).toLocaleString('en-US'), (bytes / best / 1e9).toFixed(2), ratio]
  })
  return {
    title: `Ids: ${windows.toLocaleString('en-US')} windows of ${maxLength}, stride ${stride}, batches of ${batchSize}`,
    columns: ['one pass', 'windows/s', 'GB/s of int32', 'to the book, shuffled'],
    rows,
    notes: [
      `Best pass of ${rounds} turns each. ${versionsOf(reference)}`,
      'Rows called views copy nothing. torch gives int64, twice the bytes counted here.',
      ...targetNote(seconds),
    ],
  }
}

const baseline = 'torch DataLoader of the book, shuffled'

const bookInOrder = 'torch DataLoader of the book, in order'
const memoryInOrder = "ids in memory, in order, the caller's memory"
const memoryShuffled = "ids in memory, PyTorch shuffle, the caller's memory"

const idsMemory = (length: number): BatchMemory => ({
  inputIds: new Int32Array(length),
  targetIds: new Int32Array(length),
})

function targetNote(seconds: ReadonlyMap<string, number>): string[] {
  const shuffled = seconds.get(baseline)
  const inOrder = seconds.get(bookInOrder)
  if (shuffled === undefined || inOrder === undefined) return ['torch was not there to compare with.']
  const compare = (name: string, theirs: number, ours: string): string => {
    const ratio = theirs / seconds.get(ours)!
    return `${name} ${ratio.toFixed(1)} times, ${ratio >= 20 ? 'met' : 'missed'}`
  }
  return [
    'Aim: 20 times the loader of the book with no workers. ' +
      `${compare('In order:', inOrder, memoryInOrder)}. ` +
      `${compare('Shuffled, in the same order:', shuffled, memoryShuffled)}; ` +
      `${compare('with new memory for each batch:', shuffled, 'ids in memory, PyTorch shuffle')}.`,
  ]
}

async function benchEmbeddings(root: string, windows: number, rounds: number): Promise<BenchTable> {
  const [maxLength, dim, batchSize] = [64, 768, 32]
  const ids = new Int32Array(windows * maxLength + 1)
  fillRandint(ids, { high: vocabSize, generator: new Generator(1) })
  const shape = { ids, maxLength, stride: maxLength, dim, vocabSize, rowsPerPart: 512 }
  await using full = await writeDataset({ ...shape, folder: join(root, 'full'), embedding: 'full' })
  await using lazy = await writeDataset({ ...shape, folder: join(root, 'lazy'), embedding: 'lazy' })
  const reference = await startReference([join(root, 'full'), '', batchSize, maxLength])

  const ring = (count: number): BatchMemory[] =>
    Array.from({ length: count }, () => ({
      inputIds: new Int32Array(new SharedArrayBuffer(batchSize * maxLength * 4)),
      targetIds: new Int32Array(new SharedArrayBuffer(batchSize * maxLength * 4)),
      inputsEmbeds: new Float32Array(new SharedArrayBuffer(batchSize * maxLength * dim * 4)),
    }))
  const options = { batchSize, seed: 1 } as const
  const open = (dataset: Dataset, more: DataLoaderOptions) =>
    createDataLoader(dataset, { ...options, ...more })
  const threads = { numWorkers: 1, prefetchFactor: 3 } as const
  const loaders: readonly (readonly [string, DataLoader])[] = [
    [inOrder, await open(full, { shuffle: false, output: ring(1) })],
    ['full, in order, new memory', await open(full, { shuffle: false })],
    ["full, keyed, the caller's memory", await open(full, { shuffle: 'keyed', output: ring(1) })],
    ["full, block shuffle, the caller's memory", await open(full, { shuffle: 'block', output: ring(1) })],
    [
      "full, keyed, 1 thread, the caller's memory",
      await open(full, { shuffle: 'keyed', output: ring(4), ...threads }),
    ],
    ["lazy, in order, the caller's memory", await open(lazy, { shuffle: false, output: ring(1) })],
    [
      "lazy, keyed, 1 thread, the caller's memory",
      await open(lazy, { shuffle: 'keyed', output: ring(4), ...threads }),
    ],
  ]
  const contenders = [
    { name: plainCopy, run: async () => plainRead(full, batchSize) },
    ...loaders.map(([name, loader]) => ({ name, run: () => pass(loader) })),
    ...pythonContenders(reference, {
      'python sequential': 'Python reader, in order (views)',
      'python keyed': 'Python reader, keyed',
      'torch map-style shuffled': 'torch DataLoader over the Python reader, shuffled',
      'datasets sequential': 'Hugging Face datasets, torch format, in order',
    }),
  ]
  const seconds = await measure(contenders, rounds)
  for (const [, loader] of loaders) await loader.close()
  await reference?.close()

  const bytes = Math.floor(full.length / batchSize) * batchSize * maxLength * (dim * 4 + 8)
  const plain = seconds.get(plainCopy)!
  const ratio = plain / seconds.get(inOrder)!
  return {
    title: `Embeddings: ${full.length} windows of ${maxLength} × ${dim} f32, batches of ${batchSize} (${(bytes / 1e6).toFixed(0)} MB in all)`,
    columns: ['one pass', 'windows/s', 'GB/s', 'of a plain copy'],
    rows: [...seconds].map(([name, best]) => [
      name,
      Math.round(full.length / best).toLocaleString('en-US'),
      (bytes / best / 1e9).toFixed(2),
      (plain / best).toFixed(2),
    ]),
    notes: [
      `Best pass of ${rounds} turns each, from the page cache. ${versionsOf(reference)}`,
      'The plain copy reads as many bytes of the same files into one buffer of a batch. Rows called views copy nothing.',
      `Aim: full batches at 0.8 of a plain copy: ${ratio.toFixed(2)}, ${ratio >= 0.8 ? 'met' : 'missed'}.`,
    ],
  }
}

const inOrder = "full, in order, the caller's memory"
const plainCopy = 'plain copy from the page cache (readSync)'

/** Reads the embeddings' bytes of all batches one after the other. */
function plainRead({ manifest, storage, layout }: Dataset, batchSize: number): number {
  const target = new Uint8Array(batchSize * layout.maxLength * (layout.dim * 4 + 8))
  const handles = manifest.parts.map(({ name }) => openSync(join(storage.location, name), 'r'))
  const start = performance.now()
  for (const [index, { byteLength }] of manifest.parts.entries()) {
    for (let at = 0; at + target.byteLength <= byteLength; at += target.byteLength) {
      readSync(handles[index]!, target, 0, target.byteLength, at)
    }
  }
  const seconds = (performance.now() - start) / 1000
  for (const handle of handles) closeSync(handle)
  return seconds
}

async function pass(loader: DataLoader): Promise<number> {
  const start = performance.now()
  let batches = 0
  for await (const { inputIds } of loader) if (inputIds.length > 0) batches++
  const seconds = (performance.now() - start) / 1000
  if (batches !== loader.length) throw new Error(`Expected ${loader.length} batches, got ${batches}`)
  return seconds
}

function pythonContenders(
  reference: Reference | undefined,
  titles: Readonly<Record<string, string>>,
): Contender[] {
  if (reference === undefined) return []
  return Object.entries(titles)
    .filter(([name]) => reference.names.includes(name))
    .map(([name, title]) => ({ name: title, run: () => reference.measure(name) }))
}

/** Versions, and how busy the machine was: figures taken on a busy one are not to be relied on. */
const versionsOf = (reference: Reference | undefined): string =>
  `${reference?.names.at(-1) ?? 'No Python.'}; load average ${loadavg()[0]!.toFixed(1)} on ${availableParallelism()} processors.`

/** The best seconds of each, taken in turns, so that whatever else the machine does meets all alike. */
async function measure(
  contenders: readonly Contender[],
  rounds: number,
): Promise<ReadonlyMap<string, number>> {
  const best = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    for (const { name, run: once } of contenders) {
      best.set(name, Math.min(best.get(name) ?? Infinity, await bestOfTurn(once)))
    }
  }
  return best
}

/** A turn is a tenth of a second: short passes are made several times in it, as `reference.py` does. */
async function bestOfTurn(once: () => Promise<number>): Promise<number> {
  let best = Infinity
  for (const start = performance.now(); performance.now() - start < 100;) best = Math.min(best, await once())
  return best
}
