import type { PartReceipt } from '@sluice/dataset'
import type { Encoding } from '@sluice/tokenizer'
import type { RunProvider } from '../plan/run-provider.ts'
import type { RunScope } from '../sources/run-scope.ts'
import type { PartTask } from '../task/part-task.ts'
import type { TaskControl } from '../task/task-control.ts'
import type { PartBuffers } from './part-buffers.ts'
import type { SharedVectors } from './shared-vectors.ts'

/** Memory that a thread keeps from one index of the ids to the next. */
export interface PartMemory {
  buffers?: PartBuffers
}

/** What opening the makers of parts takes. */
export interface PartMakerOptions {
  /** Name of the index of the ids. */
  readonly index: string
  readonly encoding: Encoding
  readonly provider: RunProvider
  /** Memory of the vectors' tables that all threads share. @default this thread's own */
  readonly shared?: SharedVectors | undefined
  /** Used again. @default memory of its own */
  readonly memory?: PartMemory
}

/** Makes parts of one kind of rows. What is expensive to open is kept from one part to the next. */
export interface PartsMaker {
  /** What computes vectors, for people; undefined where rows hold none. */
  readonly provider: string | undefined
  /** Makes one part. A finished part is not made again. */
  make(
    task: PartTask,
    context: { readonly run: RunScope; readonly control: TaskControl },
  ): Promise<PartReceipt>
  close(): Promise<void>
}
