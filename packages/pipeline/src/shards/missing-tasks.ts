import type { Task } from '../task/task.ts'
import { shardsOf } from './shard.ts'

/** The two stages of a run in shards: parts need the ids of all shards. */
export type ShardStage = 'tokens' | 'parts'

/** Tasks without a receipt, which a shard or the commit has to wait for. */
export interface MissingTasks {
  readonly stage: ShardStage
  readonly tasks: readonly Task[]
  /** Their shards, where there are as many as the function is told, in order. */
  readonly shardsOf: (count: number) => readonly number[]
}

/** What came of a step of a run in shards. */
export type ShardOutcome<T> =
  | { readonly state: 'done'; readonly result: T }
  | { readonly state: 'not-ready'; readonly missing: MissingTasks }

/** @param tasks those of `all` without a receipt, or the tables, which belong to the first shard */
export function notReady(
  stage: ShardStage,
  all: readonly Task[],
  tasks: readonly Task[],
): ShardOutcome<never> {
  const open = new Set(tasks)
  const ownersOf = (count: number): readonly number[] => {
    const shards = shardsOf(all, weightOf, count)
    const owners = new Set(all.flatMap((task, place) => (open.has(task) ? [shards[place]!] : [])))
    if (tasks.some(({ kind }) => kind === 'tables')) owners.add(0)
    return [...owners].toSorted((left, right) => left - right)
  }
  return { state: 'not-ready', missing: { stage, tasks, shardsOf: ownersOf } }
}

/** What a task counts for: bytes of sources, windows. */
export function weightOf(task: Task): number {
  switch (task.kind) {
    case 'tokenize':
      return task.byteLength
    case 'tables':
      return 0
    case 'embed':
      return task.rows
  }
}
