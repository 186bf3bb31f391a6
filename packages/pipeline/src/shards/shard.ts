import { RunError } from '../errors.ts'

/** The share of a run's tasks that one job of a batch engine does. */
export interface Shard {
  /** From 0. */
  readonly index: number
  /** All shards. Not part of the plan: another attempt may have another. */
  readonly count: number
}

/**
 * Returns the tasks of a shard: neighbours that weigh about as much as those of every other shard. The same tasks, weights and
 * shard give the same choice, whoever asks.
 *
 * @throws RunError `invalid-config` for an index that no shard has
 */
export function tasksOfShard<T>(
  tasks: readonly T[],
  weightOf: (task: T) => number,
  shard: Shard,
): readonly T[] {
  checkShard(shard)
  const { index, count } = shard
  const shards = shardsOf(tasks, weightOf, count)
  return tasks.filter((_, place) => shards[place] === index)
}

/** @throws RunError `invalid-config` for an index that no shard has: a job that does nothing would hide a wrong submission */
export function checkShard({ index, count }: Shard): void {
  if (Number.isInteger(index) && Number.isInteger(count) && index >= 0 && index < count) return
  throw new RunError(
    'invalid-config',
    `Expected a shard from 0 to ${count - 1}, got ${index} of ${count}; check the number of jobs that were submitted`,
  )
}

/** The shard of each task, by where the middle of its weight lies. */
export function shardsOf<T>(
  tasks: readonly T[],
  weightOf: (task: T) => number,
  count: number,
): readonly number[] {
  const total = tasks.reduce((sum, task) => sum + weightOf(task), 0)
  let before = 0
  return tasks.map((task) => {
    const middle = before + weightOf(task) / 2
    before += weightOf(task)
    return total === 0 ? 0 : Math.min(count - 1, Math.floor((middle / total) * count))
  })
}
