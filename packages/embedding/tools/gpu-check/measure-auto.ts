import { createEmbedder, createEmbeddingTable } from '@sluice/embedding'
import { Generator } from '@sluice/torch-random'
import { inFolder } from './in-folder.ts'
import type { Speed } from './result.ts'

/** Lets the provider `auto` choose, and tells what it measured of which provider. */
export async function measureAuto(): Promise<Speed[]> {
  const generator = new Generator(123)
  const tokenTable = createEmbeddingTable({ numEmbeddings: 50257, embeddingDim: 768, generator })
  const positionTable = createEmbeddingTable({ numEmbeddings: 1024, embeddingDim: 768, generator })
  return inFolder({ tokenTable, positionTable }, async (directory) => {
    const embedder = await createEmbedder({ directory, provider: 'auto' })
    await embedder.close()
    return embedder.reports.flatMap(({ provider, bytesPerSecond, chosen }) =>
      bytesPerSecond === undefined
        ? []
        : [
            {
              what: `${provider}${chosen ? ', which it takes' : ''}`,
              gigabytesPerSecond: bytesPerSecond / 1e9,
            },
          ],
    )
  })
}
