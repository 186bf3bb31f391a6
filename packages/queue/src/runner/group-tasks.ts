import type { Task } from '@sluice/pipeline'
import { maxTasksOfJob } from '../payload.ts'

/** Bytes of sources that are tokenized as one job, where segments are smaller: a fraction of a second of work. */
export const defaultBatchBytes = 256 << 10

/**
 * Groups small tasks, in order, so that thousands of small files do not cost a job each. Only tokenizing is grouped: the
 * other tasks are large.
 *
 * @param bytes - of sources in a group, at most; a larger segment is a group of its own
 */
export async function* groupTasks(
  tasks: AsyncIterable<Task>,
  bytes: number,
): AsyncGenerator<readonly Task[], void> {
  let group: Task[] = []
  let size = 0
  for await (const task of tasks) {
    const weight = task.kind === 'tokenize' ? task.byteLength : Infinity
    if (group.length > 0 && (size + weight > bytes || group.length === maxTasksOfJob)) {
      yield group
      group = []
      size = 0
    }
    group.push(task)
    size += weight
  }
  if (group.length > 0) yield group
}
