import type { Task } from '../task.ts'
import type { RunControl } from './task-runner.ts'

/**
 * Tasks that a thread has at a time. It works at one; of the other only the publishing is left, which waits for the disk.
 */
export const tasksPerThread = 2

/** Does all tasks, so many at a time; lane by lane, each takes the next task when it is done with one. */
export async function runLanes(
  tasks: Iterable<Task>,
  lanes: number,
  control: RunControl,
  execute: (task: Task, lane: number, control: RunControl) => Promise<void>,
): Promise<void> {
  const queue = tasks[Symbol.iterator]()
  // One failure stops the others too: they end at their next border, and what they finished stays.
  const failure = new AbortController()
  const signal = AbortSignal.any([control.signal, failure.signal])
  const work = async (lane: number): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      signal.throwIfAborted()
      await execute(next.value, lane, { ...control, signal })
      control.onDone(next.value)
    }
  }
  const results = await Promise.allSettled(
    Array.from({ length: lanes }, (_, lane) =>
      work(lane).catch((error: unknown) => {
        failure.abort()
        throw error
      }),
    ),
  )
  const reasons = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  )
  if (reasons.length > 0) throw reasons.find((reason) => !isAbort(reason)) ?? reasons[0]
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
