import { KeptReader } from '../tokens/kept-reader.ts'
import type { RunScope } from '../sources/run-scope.ts'
import { readTokenIndex } from '../tokens/token-index-file.ts'
import type { TokenPlacer } from '../tokens/token-places.ts'
import { TokenReader } from '../tokens/token-stream.ts'
import { indexWindows, type WindowIndex } from '../windows/window-index.ts'
import { DocumentBuffers } from './document-buffers.ts'
import { openPlacer } from './open-placer.ts'
import { openVectors } from './open-vectors.ts'
import type { PartMakerOptions } from './part-kind.ts'
import type { RowVectors } from './row-vectors.ts'

/** What a thread keeps from one part of documents to the next. */
export interface DocumentMaker {
  readonly tokens: TokenReader
  readonly placer: TokenPlacer
  readonly windows: WindowIndex
  /** Undefined where rows hold no embeddings. */
  readonly vectors: RowVectors | undefined
  readonly buffers: DocumentBuffers
  /** Undefined where documents carry nothing along. */
  readonly kept: KeptReader | undefined
  close(): Promise<void>
}

/** Opens what making parts of documents needs. */
export async function openDocumentMaker(
  { plan, storage, sources }: Pick<RunScope, 'plan' | 'storage' | 'sources'>,
  { index: indexName, encoding, provider, shared }: PartMakerOptions,
): Promise<DocumentMaker> {
  const index = await readTokenIndex(storage, indexName, plan)
  const tokens = new TokenReader(storage, index)
  const { kept: columns } = plan.layout
  const kept = columns && new KeptReader(storage, index, columns.names.length)
  const vectors = await openVectors(plan, storage, { provider, shared })
  return {
    ...{ tokens, kept, vectors },
    placer: openPlacer(tokens, { plan, sources, encoding }),
    windows: indexWindows(index, plan.config),
    buffers: new DocumentBuffers(encoding.tokenByteLengths()),
    async close() {
      await vectors?.close()
      await tokens[Symbol.asyncDispose]()
      await kept?.[Symbol.asyncDispose]()
    },
  }
}
