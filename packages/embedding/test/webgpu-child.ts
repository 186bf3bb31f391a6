import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { InferenceSession, type Tensor } from 'onnxruntime-node'
import { Generator, fillRandint } from '@sluice/torch-random'
import { encodeModel, OnnxType } from '../src/onnx/model.ts'
import {
  createEmbedder,
  createEmbeddingTable,
  writeEmbeddingFiles,
  type EmbedderOptions,
} from '@sluice/embedding'

/**
 * Runs the same jobs on cpu, wasm and webgpu and prints the hashes. A process of its own, because the Vulkan loader is found
 * through the environment in which a process starts.
 */
const [directory = ''] = process.argv.slice(2)
const generator = new Generator(11)
const tokenTable = createEmbeddingTable({ numEmbeddings: 5000, embeddingDim: 256, generator })
const positionTable = createEmbeddingTable({ numEmbeddings: 128, embeddingDim: 256, generator })
await writeEmbeddingFiles(directory, { tokenTable, positionTable })

const halves = { bf16: join(directory, 'bf16'), f16: join(directory, 'f16') }
for (const [dtype, folder] of Object.entries(halves)) {
  mkdirSync(folder)
  const half = createEmbeddingTable({
    numEmbeddings: 5000,
    embeddingDim: 256,
    dtype: dtype as 'bf16' | 'f16',
    generator,
  })
  await writeEmbeddingFiles(folder, { tokenTable: half })
}

const sources: Record<string, EmbedderOptions> = {
  files: { directory },
  'bf16 rows alone': { directory: halves.bf16 },
  'f16 rows alone': { directory: halves.f16 },
  memory: { tokenTable, positionTable },
  'token table alone': { tokenTable },
}
const inputIds = new Int32Array(40 * 128)
fillRandint(inputIds, { high: 5000, generator })
const positionIds = Int32Array.from({ length: 128 }, (_, i) => 127 - i)

const results: Record<string, Record<string, string>> = {}
for (const [name, source] of Object.entries(sources)) {
  const hashes: Record<string, string> = {}
  for (const provider of ['cpu', 'wasm', 'webgpu'] as const) {
    const embedder = await createEmbedder({ ...source, provider })
    const output = new Float32Array(inputIds.length * 256)
    const positions = embedder.numPositions === 0 ? new Int32Array() : positionIds
    await embedder.embed(inputIds, positions, output)
    hashes[embedder.provider] = createHash('sha256').update(new Uint8Array(output.buffer)).digest('hex')
    const outOfRange = Int32Array.of(5000)
    const message = await embedder.embed(outOfRange, positions.subarray(0, 1), new Float32Array(256)).then(
      () => 'none',
      (error: unknown) => String(error),
    )
    if (!message.includes('Expected ids in 0 .. 4999, got 5000')) throw new Error(`a bad id gave ${message}`)
    await embedder.close()
  }
  results[name] = hashes
}

/** A session of its own on the device, which takes a tensor from there and gives it to the host. */
async function fetchFromDevice(tensor: Tensor): Promise<Uint8Array> {
  const value = (name: string) => ({ name, type: OnnxType.float32, shape: ['rows', 'columns', 256] })
  const graph = encodeModel({
    ...{ irVersion: 8, opset: 17, producer: 'test', graphName: 'consumer', tensors: [] },
    nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }],
    ...{ inputs: [value('x')], outputs: [value('y')] },
  })
  const consumer = await InferenceSession.create(graph, {
    executionProviders: ['webgpu'],
    logSeverityLevel: 3,
  })
  const { data } = (await consumer.run({ x: tensor }))['y']!
  await consumer.release()
  return new Uint8Array((data as Float32Array).buffer)
}

const embedder = await createEmbedder({ directory, provider: 'webgpu' })
const onDevice = await embedder.embedOnDevice(inputIds, positionIds)
const consumed = await fetchFromDevice(onDevice as Tensor)
results['a consumer on the device'] = {
  consumer: createHash('sha256').update(consumed).digest('hex'),
  location: onDevice.location,
  dims: onDevice.dims.join(' x '),
}

onDevice.dispose()

// While this thread has the device, another is told so; afterwards it can have it.
const inThread = async (): Promise<string> => {
  const worker = new Worker(new URL('webgpu-thread.ts', import.meta.url), { workerData: directory })
  // Both are waited for from the start: a thread can end in the very turn in which its answer arrives.
  const [[answer]] = await Promise.all([once(worker, 'message') as Promise<[string]>, once(worker, 'exit')])
  return answer
}
const meanwhile = await inThread()
await embedder.close()
results['another thread'] = { meanwhile, afterwards: await inThread() }
console.log(JSON.stringify(results))
