import { availableParallelism } from 'node:os'
import { TaskThread } from './task-thread-handle.ts'

/** Does something with a thread for each further core, for planning without a run. Each starts when it is first asked for something. */
export async function withPlanningThreads<T>(
  work: (threads: readonly TaskThread[]) => Promise<T>,
): Promise<T> {
  const threads = Array.from({ length: availableParallelism() - 1 }, () => new TaskThread())
  try {
    return await work(threads)
  } finally {
    await Promise.all(threads.map((thread) => thread.close()))
  }
}
