import type { PackedError } from '@sluice/errors'
import type { BatchMemory, RowFormat } from '../source/batch-memory.ts'
import type { SourceDescription } from '../source/description.ts'

/** What a reading thread is started with. */
export interface ThreadData {
  readonly description: SourceDescription
}

/** What a reading thread is told: a batch to read, or to end. */
export type ThreadRequest =
  | {
      readonly kind: 'read'
      readonly id: number
      readonly windows: Float64Array
      /** Shared memory to fill; new memory is sent where there is none. */
      readonly memory: BatchMemory | undefined
    }
  | { readonly kind: 'close' }

/** What a reading thread answers. */
export type ThreadReply =
  | { readonly kind: 'ready'; readonly format: RowFormat }
  | { readonly kind: 'read'; readonly id: number; readonly memory: BatchMemory | undefined }
  | { readonly kind: 'failed'; readonly id: number | undefined; readonly error: PackedError }
