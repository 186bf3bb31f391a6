import { createEmbedder, createEmbeddingTable, type Embedder, type Provider } from '@sluice/embedding'
import { Generator, fillRandint } from '@sluice/torch-random'
import { inFolder } from './in-folder.ts'
import type { Speed } from './result.ts'

const vocabSize = 50257
const rounds = 9

/** Measures lookups at GPT-2's vocabulary, in bytes of float32 output: to the host, and left on the device. */
export async function measureSpeeds(provider: Provider, quick: boolean): Promise<Speed[]> {
  const [windows, columns] = quick ? [2, 128] : [32, 1024]
  const speeds: Speed[] = []
  for (const dim of quick ? [256] : [256, 768]) {
    const generator = new Generator(123)
    const tokenTable = createEmbeddingTable({ numEmbeddings: vocabSize, embeddingDim: dim, generator })
    const positionTable = createEmbeddingTable({ numEmbeddings: columns, embeddingDim: dim, generator })
    const inputIds = new Int32Array(windows * columns)
    fillRandint(inputIds, { high: vocabSize, generator })
    const positionIds = Int32Array.from({ length: columns }, (_, i) => i)
    const output = new Float32Array(inputIds.length * dim)
    const what = `${windows} x ${columns} ids, dim ${dim}`
    await inFolder({ tokenTable, positionTable }, async (directory) => {
      const embedder = await createEmbedder({ directory, provider })
      const host = await median(() => embedder.embed(inputIds, positionIds, output))
      speeds.push({
        what: `${what}, f32 + positions, to the host`,
        gigabytesPerSecond: output.byteLength / host / 1e9,
      })
      const device = await onDevice(embedder, inputIds, positionIds, quick ? 4 : 200)
      if (device !== undefined) {
        speeds.push({
          what: `${what}, f32 + positions, left on the device`,
          gigabytesPerSecond: output.byteLength / device / 1e9,
        })
      }
      await embedder.close()
    })
    const half = createEmbeddingTable({
      numEmbeddings: vocabSize,
      embeddingDim: dim,
      dtype: 'bf16',
      generator,
    })
    await inFolder({ tokenTable: half }, async (directory) => {
      const embedder = await createEmbedder({ directory, provider })
      const host = await median(() => embedder.embed(inputIds, new Int32Array(), output))
      speeds.push({
        what: `${what}, bf16 rows alone, widened on the host`,
        gigabytesPerSecond: output.byteLength / host / 1e9,
      })
      const device = await onDevice(embedder, inputIds, new Int32Array(), quick ? 4 : 200)
      if (device !== undefined) {
        speeds.push({
          what: `${what}, bf16 rows alone, left on the device`,
          gigabytesPerSecond: output.byteLength / 2 / device / 1e9,
        })
      }
      await embedder.close()
    })
  }
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
