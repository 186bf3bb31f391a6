import { findReceipt, type DatasetStorage } from '@sluice/dataset'
import { findTables } from '../tables/make-tables.ts'
import type { Task } from '../task/task.ts'
import type { HeldTokens } from '../tokens/held-tokens.ts'
import { findTokenReceipt } from '../tokens/tokenize-segment.ts'

/** What a finished task made. */
export interface TaskOutcome {
  readonly tokens: number
  /** Bytes of the file that was published; of tables nothing is counted. */
  readonly byteLength: number
  /** The ids themselves, of a task that was asked to give them and not to publish them. */
  readonly held?: HeldTokens
}

/**
 * What a task's receipt says, if it has a valid one: the only proof that it is done.
 *
 * @throws DatasetError where the folder cannot be read, or a receipt belongs to another plan
 */
export async function findTaskOutcome(
  storage: DatasetStorage,
  planId: string,
  task: Task,
): Promise<TaskOutcome | undefined> {
  switch (task.kind) {
    case 'tokenize':
      return findTokenReceipt(storage, planId, task)
    case 'tables':
      return (await findTables(storage, planId)) && { tokens: 0, byteLength: 0 }
    case 'embed':
      return findReceipt(storage, { index: task.part, planId })
  }
}
