import { isAbort } from '@sluice/errors'
import type { Task } from '../task/task.ts'
import { TaskQueue } from './task-queue.ts'
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

/** What is known of the threads. */
export interface Threads {
  readonly count: number
  /** Whether one is told of its tasks by messages: it is sent the next one before it is done, so that it need not wait for an answer. */
  readonly isAfar: (thread: number) => boolean
}

/**
 * Does all tasks. A thread takes the next task when it is done with one, but for the publishing; a part is mostly waiting for the
 * disk, so beside it a thread does a task of another kind, if that is the next one.
 *
 * @throws the first failure, when all that was begun has ended
 */
export async function runOnThreads(
  tasks: Iterable<Task>,
  threads: Threads,
  control: RunControl,
  execute: ExecuteOnThread,
): Promise<void> {
  const queue = new TaskQueue(tasks)
  // One failure stops the others too: they end at their next border, and what they finished stays.
  const stop = new AbortController()
  const signal = AbortSignal.any([control.signal, stop.signal])
  let failure: { readonly error: unknown } | undefined
  const fail = (error: unknown): void => {
    if (failure === undefined || isAbort(failure.error)) failure = { error }
    stop.abort()
  }
  const work = async (thread: number): Promise<void> => {
    const underWay = new Set<Promise<void>>()
    const finish = async (task: Task, onWritten: () => void): Promise<void> => {
      try {
        await execute(task, thread, { ...control, signal }, onWritten)
        control.onDone(task)
      } catch (error) {
        fail(error)
      }
    }
    /** Begins a task; settles when only its publishing is left. */
    const begin = async (task: Task): Promise<void> => {
      const { promise: written, resolve: onWritten } = Promise.withResolvers<void>()
      const done: Promise<void> = finish(task, onWritten).finally(() => void underWay.delete(done))
      underWay.add(done)
      await Promise.race([written, done])
    }
    const parts = new Set<Promise<void>>()
    const others = new Set<Promise<void>>()
    const next = (): Task | undefined => {
      // The last tasks are for whoever has nothing to do.
      const most = threads.isAfar(thread) && queue.has(threads.count) ? 2 : 1
      return others.size < most ? queue.take(parts.size > 0 ? 'embed' : undefined) : undefined
    }
    try {
      for (let task = next(); task !== undefined || parts.size + others.size > 0; task = next()) {
        signal.throwIfAborted()
        if (task === undefined) await Promise.race([...parts, ...others])
        else {
          const kind = task.kind === 'embed' ? parts : others
          const atWork: Promise<void> = begin(task).then(() => void kind.delete(atWork))
          kind.add(atWork)
        }
        if (underWay.size > publishedBeside) await Promise.race(underWay)
      }
    } catch (error) {
      fail(error)
    }
    await Promise.all(underWay)
  }
  await Promise.all(Array.from({ length: threads.count }, (_, thread) => work(thread)))
  if (failure !== undefined) throw failure.error
}
