/**
 * Makes the tables of LLMs-from-scratch chapter 2, saves them with their ONNX graph, and embeds two windows.
 *
 *     node --conditions=@sluice/source packages/embedding/examples/embed.ts [FOLDER]
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Generator } from '@sluice/torch-random'
import { createEmbedder, createEmbeddingTable, writeEmbeddingFiles } from '@sluice/embedding'

// torch.manual_seed(123); nn.Embedding(50257, 256); nn.Embedding(4, 256)
const generator = new Generator(123)
const tokenTable = createEmbeddingTable({ numEmbeddings: 50257, embeddingDim: 256, generator })
const positionTable = createEmbeddingTable({ numEmbeddings: 4, embeddingDim: 256, generator })

const directory = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'sluice-embedding-'))
await writeEmbeddingFiles(directory, { tokenTable, positionTable })

const embedder = await createEmbedder({ directory, provider: 'auto' })
const inputIds = Int32Array.of(40, 367, 2885, 1464, 1807, 3619, 402, 271)
const positionIds = Int32Array.of(0, 1, 2, 3)
const output = new Float32Array(inputIds.length * embedder.embeddingDim)
await embedder.embed(inputIds, positionIds, output)
await embedder.close()

console.log(`2 windows x 4 tokens x ${embedder.embeddingDim} values; the first: ${output[0]}`)
