import { bytesOf } from '../layout/typed-array.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { flatIdByteLength, tokensName } from './token-format.ts'
import type { TokenManifest } from './token-manifest.ts'

/** Ids that are read at a time. */
const atATime = 1 << 20

/** Consecutive ids of token files. Valid until the next block is asked for. */
export interface IdBlock {
  /** Place of the first of them. */
  readonly first: number
  readonly ids: Uint32Array | Uint16Array
}

/** The ids of token files, a million at a time. */
export async function* readIdBlocks(
  storage: DatasetStorage,
  { idType, totals: { tokens } }: Pick<TokenManifest, 'idType' | 'totals'>,
  { first: from = 0, end = tokens }: { readonly first?: number; readonly end?: number } = {},
): AsyncGenerator<IdBlock, void> {
  const idByteLength = flatIdByteLength[idType]
  const memory = idByteLength === 2 ? new Uint16Array(atATime) : new Uint32Array(atATime)
  const handle = await storage.openRead(tokensName)
  try {
    for (let first = from; first < end; first += atATime) {
      const ids = memory.subarray(0, end - first)
      await handle.read(bytesOf(ids), first * idByteLength)
      yield { first, ids }
    }
  } finally {
    await handle.close()
  }
}
