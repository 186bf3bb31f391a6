import type { WindowShape } from '../windows.ts'
import type { Access } from './access.ts'

/** A source as plain data that can be sent to a thread, which opens it with `openSource`. */
export type SourceDescription =
  | { readonly kind: 'ids'; readonly ids: Int32Array | Uint16Array; readonly shape: WindowShape }
  | {
      readonly kind: 'folder'
      readonly folder: string
      /** sha256 of the plan: the thread must find the same dataset. */
      readonly planId: string
      /** Where the checkpoint lies that the dataset refers to. */
      readonly checkpoint?: string
      /** The file in which the thread that opened the dataset proved the model's table: it is not hashed again while it stays so. */
      readonly verifyTables?: string
      readonly settings: DatasetSourceSettings
    }
  | { readonly kind: 'mixture'; readonly sources: readonly SourceDescription[] }

/** How a dataset is read. */
export interface DatasetSourceSettings {
  readonly embeds: boolean
  readonly access: Access
  /** Keep the ids of the whole dataset in memory where they take no more than this. */
  readonly cacheByteLength: number
}
