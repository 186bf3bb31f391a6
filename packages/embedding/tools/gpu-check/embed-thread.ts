/** A thread that embeds the same windows again and again, and sees that the bits are those of the WebAssembly kernel. */
import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { createEmbedder } from '@sluice/embedding'
import { Generator, fillRandint } from '@sluice/torch-random'
import type { ThreadJob } from './measure-threads.ts'

const { directory, provider, windows, columns, rounds } = workerData as ThreadJob
const embedder = await createEmbedder({ directory, provider })
const reference = await createEmbedder({ directory, provider: 'wasm' })
const inputIds = new Int32Array(windows * columns)
fillRandint(inputIds, { high: embedder.numEmbeddings, generator: new Generator(7) })
const positionIds = Int32Array.from({ length: columns }, (_, i) => i)
const [output, expected] = [0, 1].map(() => new Float32Array(inputIds.length * embedder.embeddingDim)) as [
  Float32Array,
  Float32Array,
]
await reference.embed(inputIds, positionIds, expected)
await embedder.embed(inputIds, positionIds, output)
parentPort!.postMessage('ready')
await once(parentPort!, 'message')
for (let round = 0; round < rounds; round++) await embedder.embed(inputIds, positionIds, output)
parentPort!.postMessage('done')
const isSame = Buffer.compare(new Uint8Array(output.buffer), new Uint8Array(expected.buffer)) === 0
await embedder.close()
await reference.close()
if (!isSame) throw new Error('a thread of several has other bits')
