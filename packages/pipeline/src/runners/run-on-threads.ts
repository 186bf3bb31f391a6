import { isAbort } from '@sluice/errors'
import type { Task } from '../task/task.ts'
import type { RunControl } from './task-runner.ts'

/** Tasks of one thread that may wait for the disk while it does the next one. */
const publishedBeside = 4

/** How a task is done on one of the threads. */
export type ExecuteOnThread = (
  task: Task,
  thread: number,
  control: RunControl,
  /** To be called when the thread has room for another task: only the publishing is left. */
  onWritten: () => void,
) => Promise<void>

/** Does all tasks. A thread takes the next task when it is done with one, but for the publishing. */
export async function runOnThreads(
  tasks: Iterable<Task>,
  threads: number,
  control: RunControl,
  execute: ExecuteOnThread,
): Promise<void> {
  const queue = tasks[Symbol.iterator]()
  // One failure stops the others too: they end at their next border, and what they finished stays.
  const failure = new AbortController()
  const signal = AbortSignal.any([control.signal, failure.signal])
  const work = async (thread: number): Promise<void> => {
    const underWay = new Map<Task, Promise<void>>()
    const finish = async (task: Task, onWritten: () => void): Promise<void> => {
      await execute(task, thread, { ...control, signal }, onWritten)
      underWay.delete(task)
      control.onDone(task)
    }
    try {
      for (let next = queue.next(); next.done !== true; next = queue.next()) {
        signal.throwIfAborted()
        const { promise: written, resolve: onWritten } = Promise.withResolvers<void>()
        const done = finish(next.value, onWritten)
        underWay.set(next.value, done)
        await Promise.race([written, done])
        if (underWay.size > publishedBeside) await Promise.race(underWay.values())
      }
      await Promise.all(underWay.values())
    } catch (error) {
      failure.abort()
      throw error
    } finally {
      await Promise.allSettled(underWay.values())
    }
  }
  const results = await Promise.allSettled(Array.from({ length: threads }, (_, thread) => work(thread)))
  const reasons = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  )
  if (reasons.length > 0) throw reasons.find((reason) => !isAbort(reason)) ?? reasons[0]
}
