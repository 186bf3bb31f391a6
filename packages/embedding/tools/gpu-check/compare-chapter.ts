import { createEmbedder, createEmbeddingTable, type EmbeddingTable, type Provider } from '@sluice/embedding'
import { Generator, fillRandint } from '@sluice/torch-random'
import { inFolder } from './in-folder.ts'
import type { Comparison } from './result.ts'

const vocabSize = 50257

/**
 * Looks up what chapter 2 of the book does (seed 123, tokens and positions, float32) with the provider and with the WebAssembly
 * kernel, from files and in halves without positions, and compares all bits.
 */
export async function compareChapter(provider: Provider, quick: boolean): Promise<Comparison[]> {
  const compared: Comparison[] = []
  for (const dim of quick ? [256] : [256, 768]) {
    const generator = new Generator(123)
    const tokenTable = createEmbeddingTable({ numEmbeddings: vocabSize, embeddingDim: dim, generator })
    const positionTable = createEmbeddingTable({ numEmbeddings: 256, embeddingDim: dim, generator })
    compared.push(
      await compare(`chapter 2, tokens + positions, float32, dim ${dim}`, provider, {
        tokenTable,
        positionTable,
      }),
    )
    for (const dtype of ['f32', 'f16', 'bf16'] as const) {
      const half = createEmbeddingTable({
        numEmbeddings: vocabSize,
        embeddingDim: dim,
        dtype,
        generator: new Generator(123),
      })
      compared.push(await compare(`rows alone, ${dtype}, dim ${dim}`, provider, { tokenTable: half }))
    }
  }
  return compared
}

async function compare(
  what: string,
  provider: Provider,
  tables: { readonly tokenTable: EmbeddingTable; readonly positionTable?: EmbeddingTable },
): Promise<Comparison> {
  const { tokenTable, positionTable } = tables
  return inFolder(tables, async (directory) => {
    const dim = tokenTable.embeddingDim
    const inputIds = new Int32Array(32 * 256)
    fillRandint(inputIds, { high: tokenTable.numEmbeddings, generator: new Generator(7) })
    const positionIds = Int32Array.from({ length: positionTable ? 256 : 0 }, (_, i) => 255 - i)
    const [expected, got] = [new Float32Array(inputIds.length * dim), new Float32Array(inputIds.length * dim)]
    for (const [name, output] of [
      ['wasm', expected],
      [provider, got],
    ] as const) {
      const embedder = await createEmbedder({ directory, provider: name })
      await embedder.embed(inputIds, positionIds, output)
      await embedder.close()
    }
    const [want, have] = [new Int32Array(expected.buffer), new Int32Array(got.buffer)]
    const at = have.findIndex((word, i) => word !== want[i])
    if (at === -1) return { what, outcome: 'same bits' }
    return { what, outcome: 'DIFFERENT', note: `value ${at} is ${got[at]}, expected ${expected[at]}` }
  })
}
