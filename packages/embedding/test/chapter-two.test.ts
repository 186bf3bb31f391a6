import { temporaryFolder } from '@sluice/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Generator, randomInt63, type BitFamily } from '@sluice/torch-random'
import {
  createEmbedder,
  createEmbeddingTable,
  tableSha256,
  writeEmbeddingFiles,
  type Embedder,
  type EmbeddingTable,
} from '@sluice/embedding'
import { readGolden, sha256, toHex } from './golden.ts'

interface Flow {
  readonly tok_sha256: string
  readonly pos_sha256: string
  readonly batches: readonly {
    readonly inputs: number[][]
    readonly input_embeddings_sha256: string
    readonly input_embeddings_first16: string[]
  }[]
}
interface Golden {
  readonly simple: Flow
  readonly notebook: Flow
}

const positionIds = Int32Array.of(0, 1, 2, 3)

async function expectBatches(embedder: Embedder, flow: Flow): Promise<void> {
  onTestFinished(() => embedder.close())
  const output = new Float32Array(8 * 4 * 256)
  for (const batch of flow.batches) {
    // The same buffer serves every batch.
    await embedder.embed(Int32Array.from(batch.inputs.flat()), positionIds, output)
    expect(toHex(output.subarray(0, 16))).toEqual(batch.input_embeddings_first16)
    expect(sha256(output)).toBe(batch.input_embeddings_sha256)
  }
}

function table(
  numEmbeddings: number,
  embeddingDim: number,
  generator: Generator,
  family: BitFamily,
): EmbeddingTable {
  return createEmbeddingTable({ numEmbeddings, embeddingDim, generator, family })
}

describe('the input embeddings of LLMs-from-scratch ch02', () => {
  it('are exact from files, with the token table made first', async () => {
    const golden: Golden = readGolden('input-embeddings-avx2')
    const generator = new Generator(123)
    const tokenTable = table(50257, 256, generator, 'avx2')
    const positionTable = table(4, 256, generator, 'avx2')
    expect(tableSha256(tokenTable)).toBe(golden.simple.tok_sha256)
    expect(tableSha256(positionTable)).toBe(golden.simple.pos_sha256)
    const directory = temporaryFolder()
    const { graph } = await writeEmbeddingFiles(directory, { tokenTable, positionTable })
    const embedder = await createEmbedder({ provider: 'cpu', directory })
    expect(embedder.graphSha256).toBe(graph.sha256)
    await expectBatches(embedder, golden.simple)
  })

  it.each<BitFamily>(['avx2', 'scalar'])(
    "are exact from memory, with the notebook's draws in between, family %s",
    async (family) => {
      const golden: Golden = readGolden(`input-embeddings-${family}`)
      const generator = new Generator(123)
      table(6, 3, generator, family)
      const tokenTable = table(50257, 256, generator, family)
      // iter(dataloader) draws a seed for its workers, though there are none.
      randomInt63(generator)
      const positionTable = table(4, 256, generator, family)
      expect(tableSha256(tokenTable)).toBe(golden.notebook.tok_sha256)
      expect(tableSha256(positionTable)).toBe(golden.notebook.pos_sha256)
      await expectBatches(await createEmbedder({ tokenTable, positionTable }), golden.notebook)
    },
  )
})

describe('createEmbeddingTable', () => {
  it('draws the 6 x 3 table that the chapter prints', () => {
    const { weight } = createEmbeddingTable({
      numEmbeddings: 6,
      embeddingDim: 3,
      generator: new Generator(123),
    })
    const printed = [
      [0.3374, -0.1778, -0.169],
      [0.9178, 1.581, 1.301],
      [1.2753, -0.201, -0.1606],
      [-0.4015, 0.9666, -1.1481],
      [-1.1589, 0.3255, -0.6315],
      [-2.84, -0.7849, -1.4096],
    ]
    expect(Array.from(weight, (value) => Number(value.toFixed(4)))).toEqual(printed.flat())
  })

  it('needs a generator, and says so to callers without types', () => {
    const options = { numEmbeddings: 4, embeddingDim: 3 } as unknown as Parameters<
      typeof createEmbeddingTable
    >[0]
    expect(() => createEmbeddingTable(options)).toThrow(
      /Expected `generator` to be .*new Generator\(123\).*got undefined/u,
    )
  })

  it('draws the 4 x 256 table alone', () => {
    const drawn = createEmbeddingTable({ numEmbeddings: 4, embeddingDim: 256, generator: new Generator(123) })
    expect(tableSha256(drawn)).toBe('d57e39a77cebb0d615a19c63432bb9b3257b3c65eea86088e6fa24abed5d9139')
  })
})
