/** The Python reader and PyTorch against the TypeScript loader: `node tools/interop/main.ts dataloader`. */
import {
  BlockShuffle,
  createDataLoader,
  KeyedPermutation,
  type Batch,
  type DataLoader,
  type DataLoaderOptions,
  type DataLoaderState,
  type Mixture,
} from '@sluice/dataloader'
import type { Dataset } from '@sluice/dataset'
import { getEncoding } from '@sluice/tokenizer'
import { allTestsAreMade, roundsOfCommit } from '@sluice/testing'
import { Generator } from '@sluice/torch-random'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeDataset, type DatasetToWrite } from '../test/write-dataset.ts'

const [python = 'python3', script = ''] = process.argv.slice(2)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'sluice-interop-'))

const sha256 = (bytes: ArrayBufferView): string =>
  createHash('sha256')
    .update(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    .digest('hex')

/** Draws alike in every run of a commit, so that a failure can be repeated. */
let generator = new Generator(2026)
const draw = (low: number, high: number): number => low + (generator.random() % (high - low))
const flip = (): boolean => draw(0, 2) === 1

/** What follows is drawn from a seed of its own, whatever was drawn before. */
const drawFrom = (seed: number): void => {
  generator = new Generator(seed)
}

const ids = Int32Array.from({ length: 700 }, () => draw(0, 50))
const small = { ids, maxLength: 6, stride: 4, dim: 5, rowsPerPart: 60, rowsPerBatch: 14 } as const

const kinds: Readonly<Record<string, Partial<DatasetToWrite>>> = {
  full: { embedding: 'full' },
  lazy: { embedding: 'lazy' },
  none: {},
  stream: { embedding: 'full', format: 'stream' },
  flat: { embedding: 'full', layout: 'flat' },
  tensor: { embedding: 'full', layout: 'tensor' },
  f16: { embedding: 'full', dtype: 'f16' },
  bf16: { embedding: 'full', dtype: 'bf16' },
  'lazy-f16': { embedding: 'lazy', dtype: 'f16' },
  'lazy-bf16': { embedding: 'lazy', dtype: 'bf16' },
  columns: { idType: 'uint16', positionIds: true, documents: 'ids' },
  boundaries: { documents: 'boundaries' },
  kept: { kept: { names: ['id', 'Straße'], valueBytes: 64 } },
}

const columnNames = {
  inputIds: 'input_ids',
  targetIds: 'target_ids',
  inputsEmbeds: 'inputs_embeds',
  positionIds: 'position_ids',
  documentIds: 'document_ids',
} as const

const hashesOf = (batch: Batch): Record<string, string> =>
  Object.fromEntries(
    Object.entries(columnNames).flatMap(([key, name]) => {
      const values = batch[key as keyof typeof columnNames]
      return values === undefined ? [] : [[name, sha256(values)]]
    }),
  )

interface BatchCase {
  readonly folder: string
  readonly batchSize: number
  /** As the Python reader calls them. */
  readonly options: Record<string, unknown>
  readonly state: DataLoaderState | null
  readonly batches: { readonly hashes: Record<string, string>; readonly state: DataLoaderState }[]
}

async function batchCase(
  folder: string,
  dataset: Dataset,
  options: DataLoaderOptions & { readonly batchSize: number },
  state: DataLoaderState | null,
): Promise<BatchCase> {
  await using loader = await createDataLoader(dataset, options)
  if (state !== null) loader.loadStateDict(state)
  const { batchSize, shuffle, seed, epoch, rank, worldSize, dropLast, uneven, blockSize, blocksTogether } =
    options
  const named = {
    shuffle,
    seed: seed === undefined ? undefined : Number(seed),
    epoch,
    rank,
    world_size: worldSize,
    drop_last: dropLast,
    uneven,
    block_size: blockSize,
    blocks_together: blocksTogether,
  }
  return { folder, batchSize, options: named, state, batches: await recordEpoch(loader) }
}

async function recordEpoch(loader: DataLoader): Promise<BatchCase['batches']> {
  const batches: BatchCase['batches'] = []
  for await (const batch of loader) batches.push({ hashes: hashesOf(batch), state: loader.stateDict() })
  return batches
}

function drawOptions(): DataLoaderOptions & { readonly batchSize: number } {
  const worldSize = draw(1, 5)
  const shuffle = ([false, 'keyed', 'block'] as const)[draw(0, 3)]!
  return {
    batchSize: draw(1, 12),
    shuffle,
    ...(shuffle === false ? {} : { seed: draw(0, 2 ** 31) }),
    ...(shuffle === 'block' ? { blockSize: draw(1, 40), blocksTogether: draw(1, 5) } : {}),
    epoch: draw(0, 4),
    worldSize,
    rank: draw(0, worldSize),
    dropLast: flip(),
    uneven: flip() ? 'pad' : 'drop',
  }
}

async function batchCases(datasets: ReadonlyMap<string, Dataset>): Promise<BatchCase[]> {
  const found: BatchCase[] = []
  for (const [index, [folder, dataset]] of [...datasets].entries()) {
    for (const round of roundsOfCommit(8)) {
      drawFrom(100 * index + round)
      const options = drawOptions()
      const whole = await batchCase(folder, dataset, options, null)
      found.push(whole)
      // Stopped somewhere by other ranks, resumed by these.
      const stop = whole.batches[draw(0, Math.max(1, whole.batches.length - 1))]
      if (stop === undefined || stop.state.epoch !== options.epoch) continue
      const { rank: _, worldSize: __, ...same } = options
      const worldSize = draw(1, 5)
      const others = { ...same, batchSize: draw(1, 12), worldSize, rank: draw(0, worldSize) }
      found.push(await batchCase(folder, dataset, others, stop.state))
    }
  }
  return found
}

/** Mixtures of two or three datasets: whole epochs, and what is left of one that was stopped. */
async function mixtureCases(): Promise<unknown[]> {
  const found: unknown[] = []
  const parts: { readonly folder: string; readonly dataset: Dataset }[] = []
  for (const length of [300, 90, 40]) {
    const folder = `mixed-${length}`
    const kept = { names: ['id'], valueBytes: 64 }
    const dataset = await writeDataset({
      ...small,
      ids: ids.slice(0, length),
      kept,
      folder: join(work, folder),
    })
    parts.push({ folder, dataset })
  }
  for (const round of roundsOfCommit(24)) {
    drawFrom(round)
    const chosen = parts.slice(0, draw(2, 4)).map((part) => ({ ...part, weight: draw(1, 40) / draw(1, 9) }))
    // The shortest of them, of ten windows, is gone through dozens of times, each time in another order.
    const windowsPerEpoch = flip() ? draw(20, 800) : undefined
    const mixture: Mixture = {
      mixture: chosen.map(({ dataset, weight }) => ({ source: dataset, weight })),
      ...(windowsPerEpoch !== undefined && { windowsPerEpoch }),
    }
    const { blockSize: _, blocksTogether: __, shuffle, ...rest } = drawOptions()
    const options = { ...rest, shuffle: shuffle === false ? false : 'keyed', columns: ['id'] } as const
    const record = async (
      state: DataLoaderState | null,
    ): Promise<{ hashes: object; state: DataLoaderState }[]> => {
      await using loader = await createDataLoader(mixture, options)
      if (state !== null) loader.loadStateDict(state)
      const batches = []
      for await (const batch of loader) {
        const hashes = { ...hashesOf(batch), id: batch.kept!.get('id') }
        batches.push({ hashes, state: loader.stateDict() })
      }
      return batches
    }
    const named = {
      shuffle: options.shuffle,
      seed: Number(options.seed ?? 0),
      epoch: options.epoch,
      rank: options.rank,
      world_size: options.worldSize,
      drop_last: options.dropLast,
      uneven: options.uneven,
    }
    const shape = {
      sources: chosen.map(({ folder, weight }) => [folder, weight]),
      windowsPerEpoch: windowsPerEpoch ?? null,
      batchSize: options.batchSize,
      options: named,
    }
    const whole = await record(null)
    found.push({ ...shape, state: null, batches: whole })
    const stop = whole[draw(0, Math.max(1, whole.length - 1))]
    if (stop === undefined || stop.state.epoch !== options.epoch) continue
    found.push({ ...shape, state: stop.state, batches: await record(stop.state) })
  }
  for (const { dataset } of parts) await dataset.close()
  return found
}

function keyedCases(): unknown[] {
  const lengths = [1, 2, 5, 31, 1000, 1023, 1024, 1025, 2 ** 20 + 1, 2 ** 32, 1e12, 2 ** 53 - 1]
  return lengths.flatMap((length) =>
    ['0', '123', '-1', '18446744073709551615', '4294967296'].map((seed, epoch) => {
      const sizes = { blockSize: draw(1, 300), blocksTogether: draw(1, 9) }
      const key = { seed: BigInt(seed), epoch: epoch === 4 ? 2 ** 40 : epoch }
      const count = Math.min(length, 40)
      const step = Math.floor(length / count)
      const positions = Array.from({ length: count }, (_, i) => i * step)
      const keyed = new KeyedPermutation(length, key)
      const block = new BlockShuffle(length, sizes, key)
      const windows = positions.map((position) => keyed.at(position))
      const blockWindows = positions.map((position) => block.at(position))
      return { length, seed, epoch: key.epoch, ...sizes, positions, windows, blockWindows }
    }),
  )
}

/** Runs of the loader over `n` windows of one id, to be compared with `DataLoader(range(n))`. */
async function torchCases(): Promise<unknown[]> {
  const found: unknown[] = []
  for (let round = 0; round < 60; round++) {
    const n = draw(1, round < 50 ? 60 : 3000)
    const seed = draw(0, 2 ** 31)
    const kind = flip() ? 'own' : 'global'
    const drawn = new Generator(seed)
    const numSamples = draw(0, 3) === 0 ? draw(1, 3 * n) : null
    const shuffle = numSamples !== null || draw(0, 4) > 0
    const options = {
      batchSize: draw(1, 9),
      dropLast: flip(),
      shuffle,
      ...(numSamples === null ? {} : { numSamples, replacement: flip() }),
    }
    const loader = await createDataLoader(
      Int32Array.from({ length: n + 1 }, (_, i) => i),
      {
        maxLength: 1,
        stride: 1,
        ...options,
        ...(kind === 'own' ? { generator: drawn } : { globalGenerator: drawn }),
      },
    )
    const epochs: number[][][] = []
    for (let epoch = 0; epoch < 3; epoch++) {
      const batches: number[][] = []
      for await (const { windows } of loader) batches.push([...windows])
      epochs.push(batches)
    }
    const generatorState = sha256(drawn.getState())
    found.push({
      n,
      seed,
      replacement: false,
      ...options,
      numSamples,
      generator: kind,
      epochs,
      generatorState,
    })
  }
  return found
}

async function samplerCases(datasets: ReadonlyMap<string, Dataset>): Promise<unknown[]> {
  const found: unknown[] = []
  for (const folder of ['full', 'lazy', 'bf16', 'columns']) {
    const options = { batchSize: 7, seed: draw(0, 1000), epoch: draw(0, 5), rank: 1, worldSize: 3 }
    await using loader = await createDataLoader(datasets.get(folder)!, { ...options, dropLast: false })
    const hashes: Record<string, string>[] = []
    for await (const batch of loader) hashes.push(hashesOf(batch))
    found.push({ folder, ...options, hashes })
  }
  return found
}

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[bytes.length - at]! ^= 1
  writeFileSync(path, bytes)
}

/** Datasets that must be refused. */
async function writeDamaged(): Promise<void> {
  const write = async (name: string, options: Partial<DatasetToWrite>) => {
    await using dataset = await writeDataset({ ...small, ...options, folder: join(work, name) })
    return join(work, name, dataset.manifest.parts[1]!.name)
  }
  flipByte(await write('flipped', {}), 3000)
  truncateSync(await write('short', {}), 100)
  await write('other-tables', { embedding: 'lazy' })
  flipByte(join(work, 'other-tables', 'tables', 'tables.safetensors'), 2)
}

/** The example corpus, to train on. Only the ids that it has are numbered: a head of 50,257 would take minutes. */
async function writeVerdict(): Promise<void> {
  const text = readFileSync(join(root, 'examples/the-verdict.txt'), 'utf8')
  const textIds = (await getEncoding('gpt2')).encode(text)
  const numberOf = new Map(Array.from(new Set(textIds), (id, number) => [id, number]))
  for (const embedding of ['full', 'lazy'] as const) {
    const dataset = await writeDataset({
      folder: join(work, `verdict-${embedding}`),
      ids: Int32Array.from(textIds, (id) => numberOf.get(id)!),
      maxLength: 32,
      stride: 16,
      dim: 64,
      vocabSize: numberOf.size,
      rowsPerPart: 200,
      embedding,
    })
    await dataset.close()
  }
}

try {
  const datasets = new Map<string, Dataset>()
  for (const [name, options] of Object.entries(kinds)) {
    datasets.set(name, await writeDataset({ ...small, ...options, folder: join(work, name) }))
  }
  await writeDamaged()
  await writeVerdict()
  if (!allTestsAreMade)
    console.log('  half of the drawn rounds, by the commit (SLUICE_TESTS_FULL=true makes all)')
  const cases = {
    keyed: keyedCases(),
    batches: await batchCases(datasets),
    mixtures: await mixtureCases(),
    torch: await torchCases(),
    torchSamplers: await samplerCases(datasets),
  }
  for (const dataset of datasets.values()) await dataset.close()
  writeFileSync(join(work, 'cases.json'), JSON.stringify(cases))
  process.exitCode = spawnSync(python, [script, work], { stdio: 'inherit' }).status ?? 1
} finally {
  rmSync(work, { recursive: true, force: true })
}
