import { createEmbedder, createEmbeddingTable } from '@sluice/embedding'
import { Generator } from '@sluice/torch-random'

/** Looks something up by ONNX Runtime; see telemetry.test.ts. */
const tokenTable = createEmbeddingTable({ numEmbeddings: 8, embeddingDim: 4, generator: new Generator(1) })
const embedder = await createEmbedder({ tokenTable, provider: 'cpu' })
await embedder.embed(new Int32Array([1, 2]), new Int32Array(), new Float32Array(8))
await embedder.close()
