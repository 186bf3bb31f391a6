import { createHash } from 'node:crypto'
import { Generator, fillRandint } from '@sluice/torch-random'
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

const sources: Record<string, EmbedderOptions> = {
  files: { directory },
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
console.log(JSON.stringify(results))
