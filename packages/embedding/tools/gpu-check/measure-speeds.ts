import { createEmbedder, createEmbeddingTable, type Embedder, type Provider } from '@sluice/embedding'
import { Generator, fillRandint } from '@sluice/torch-random'
import { inFolder } from './in-folder.ts'
import type { Speed } from './result.ts'

const vocabSize = 50257
const rounds = 9

interface Size {
  readonly windows: number
  readonly columns: number
  readonly dim: number
  /** Lookups that are begun one after the other where results stay on the device. */
  readonly runs: number
  /** Whether results are brought to the host too. */
  readonly toHost: boolean
}

const quickSizes: readonly Size[] = [{ windows: 2, columns: 128, dim: 256, runs: 4, toHost: true }]
const fullSizes: readonly Size[] = [
  { windows: 32, columns: 1024, dim: 256, runs: 200, toHost: true },
  { windows: 32, columns: 1024, dim: 768, runs: 200, toHost: true },
  // A result of 1.6 GB: what it takes to make its memory.
  { windows: 512, columns: 1024, dim: 768, runs: 20, toHost: false },
]

/** Measures lookups at GPT-2's vocabulary, in bytes of float32 output: to the host, and left on the device. */
export async function measureSpeeds(provider: Provider, quick: boolean): Promise<Speed[]> {
  const speeds: Speed[] = []
  for (const size of quick ? quickSizes : fullSizes) {
    if (!size.toHost && provider !== 'webgpu') continue
    speeds.push(...(await measureSize(provider, size)))
  }
  return speeds
}

async function measureSize(provider: Provider, size: Size): Promise<Speed[]> {
  const { windows, columns, dim } = size
  const generator = new Generator(123)
  const tokenTable = createEmbeddingTable({ numEmbeddings: vocabSize, embeddingDim: dim, generator })
  const positionTable = createEmbeddingTable({ numEmbeddings: columns, embeddingDim: dim, generator })
  const inputIds = new Int32Array(windows * columns)
  fillRandint(inputIds, { high: vocabSize, generator })
  const positionIds = Int32Array.from({ length: columns }, (_, i) => i)
  const half = createEmbeddingTable({
    numEmbeddings: vocabSize,
    embeddingDim: dim,
    dtype: 'bf16',
    generator,
  })
  const what = `${windows} x ${columns} ids, dim ${dim}`
  return [
    ...(await inFolder({ tokenTable, positionTable }, (directory) =>
      measureTables({ directory, provider, inputIds, positionIds, size }, [
        `${what}, f32 + positions, to the host`,
        `${what}, f32 + positions, left on the device`,
      ]),
    )),
    ...(await inFolder({ tokenTable: half }, (directory) =>
      measureTables({ directory, provider, inputIds, positionIds: new Int32Array(), size }, [
        `${what}, bf16 rows alone, widened on the host`,
        `${what}, bf16 rows alone, left on the device`,
      ]),
    )),
  ]
}

interface Lookup {
  readonly directory: string
  readonly provider: Provider
  readonly inputIds: Int32Array
  readonly positionIds: Int32Array
  readonly size: Size
}

async function measureTables(
  { directory, provider, inputIds, positionIds, size }: Lookup,
  [toHost, onTheDevice]: readonly [string, string],
): Promise<Speed[]> {
  const embedder = await createEmbedder({ directory, provider })
  const speeds: Speed[] = []
  const bytes = inputIds.length * size.dim * 4
  if (size.toHost) {
    const output = new Float32Array(inputIds.length * size.dim)
    const seconds = await median(() => embedder.embed(inputIds, positionIds, output))
    speeds.push({ what: toHost, gigabytesPerSecond: bytes / seconds / 1e9 })
  }
  const seconds = await onDevice(embedder, inputIds, positionIds, size.runs)
  // Rows of half types lie there as they are stored.
  const onDeviceBytes = positionIds.length === 0 ? bytes / 2 : bytes
  if (seconds !== undefined)
    speeds.push({ what: onTheDevice, gigabytesPerSecond: onDeviceBytes / seconds / 1e9 })
  await embedder.close()
  return speeds
}

async function median(work: () => Promise<void>): Promise<number> {
  const taken: number[] = []
  await work()
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    await work()
    taken.push((performance.now() - start) / 1000)
  }
  return taken.toSorted((a, b) => a - b)[Math.floor(rounds / 2)]!
}

/**
 * Seconds of one run whose result stays on the device: runs are begun one after the other, and a copy of one token's vector at the
 * end waits for all. Undefined where the provider cannot.
 */
async function onDevice(
  embedder: Embedder,
  inputIds: Int32Array,
  positionIds: Int32Array,
  runs: number,
): Promise<number | undefined> {
  if (embedder.provider !== 'webgpu') return undefined
  const one = new Float32Array(embedder.embeddingDim)
  const wait = () => embedder.embed(inputIds.subarray(0, 1), positionIds.subarray(0, 1), one)
  const turn = async (count: number): Promise<number> => {
    await wait()
    const start = performance.now()
    for (let run = 0; run < count; run++) (await embedder.embedOnDevice(inputIds, positionIds)).dispose()
    await wait()
    return (performance.now() - start) / 1000
  }
  await turn(2)
  return (await turn(runs)) / runs
}
