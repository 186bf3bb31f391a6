import { allocatePartBuffers, type PartBuffers } from './part-buffers.ts'
import type { RowVectors } from './row-vectors.ts'
import type { PartMakerOptions, PartMemory } from './part-kind.ts'
import type { Plan } from '../plan/plan.ts'
import { openPlacer } from './open-placer.ts'
import { openVectors } from './open-vectors.ts'
import type { RunScope } from '../sources/run-scope.ts'
import { KeptReader } from '../tokens/kept-reader.ts'
import { readTokenIndex } from '../tokens/token-index-file.ts'
import type { TokenPlacer } from '../tokens/token-places.ts'
import { TokenReader } from '../tokens/token-stream.ts'
import { createLocator } from '../windows/locate-windows.ts'
import { PackedWindows } from '../windows/packing.ts'
import type { WindowLocator } from '../windows/piece.ts'
import { openOrder, type RowOrder } from '../windows/row-order.ts'
import { indexWindows } from '../windows/window-index.ts'

/** What a thread keeps from one part to the next: the index of the ids, the tables, the buffers. */
export interface PartMaker {
  readonly tokens: TokenReader
  readonly placer: TokenPlacer
  readonly locator: WindowLocator
  /** Which window each row holds; undefined where row r holds window r. */
  readonly order: RowOrder | undefined
  /** Undefined where rows hold no embeddings. */
  readonly vectors: RowVectors | undefined
  readonly buffers: PartBuffers
  /** Undefined where documents carry nothing along. */
  readonly kept: KeptReader | undefined
  close(): Promise<void>
}

/** Opens what making parts needs. */
export async function openPartMaker(
  { plan, storage, sources }: Pick<RunScope, 'plan' | 'storage' | 'sources'>,
  { index: indexName, encoding, provider, shared, memory = {} }: PartMakerOptions,
): Promise<PartMaker> {
  const { shuffle, packing } = plan.config
  const index = await readTokenIndex(storage, indexName, plan)
  const cut = indexWindows(index, plan.config)
  const packed = packing === 'none' ? undefined : await PackedWindows.open(storage, indexName)
  const windows = packed?.count ?? cut.windows
  const tokens = new TokenReader(storage, index)
  const tokenByteLengths = encoding.tokenByteLengths()
  const placer = openPlacer(tokens, { plan, sources, encoding })
  const order = shuffle === null ? undefined : await openOrder(storage, windows, shuffle.seed)
  const vectors = await openVectors(plan, storage, { provider, shared })
  const kept =
    plan.layout.kept === undefined ? undefined : new KeptReader(storage, index, plan.layout.kept.names.length)
  return {
    tokens,
    placer,
    kept,
    locator: packed ?? createLocator(tokens, cut, plan.config),
    order,
    vectors,
    buffers: takeBuffers(memory, plan, windows, tokenByteLengths),
    async close() {
      await vectors?.close()
      await tokens[Symbol.asyncDispose]()
      await kept?.[Symbol.asyncDispose]()
      await order?.close()
      await packed?.close()
    },
  }
}

/** Fresh memory is slow to touch: that of the index before is taken where it is large enough. */
function takeBuffers(
  memory: PartMemory,
  plan: Plan,
  windows: number,
  tokenByteLengths: Uint16Array,
): PartBuffers {
  const room = memory.buffers?.source.length ?? 0
  if (memory.buffers === undefined || room < Math.min(plan.layout.rowsPerBatch, windows))
    memory.buffers = allocatePartBuffers(plan, windows, tokenByteLengths)
  return memory.buffers
}
