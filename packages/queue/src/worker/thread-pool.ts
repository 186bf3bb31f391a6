import type { ResourceLimits } from 'node:worker_threads'
import { TaskThread, type ExecutorOptions, type Task, type TaskOutcome } from '@sluice/pipeline'

interface Slot {
  /** Of which run the thread is; undefined before its first task. */
  key: string | undefined
  thread: TaskThread | undefined
  busy: boolean
  usedAt: number
}

/**
 * A fixed number of worker threads that do tasks of any run. A thread keeps what is dear to make (tokenizer, tables,
 * buffers) for the run it worked for last, so a task goes to an idle thread of its run where there is one.
 */
export class ThreadPool {
  readonly #slots: readonly Slot[]
  readonly #limits: ResourceLimits
  #clock = 0

  constructor(threads: number, limits: ResourceLimits = {}) {
    this.#limits = limits
    this.#slots = Array.from({ length: threads }, () => ({
      key: undefined,
      thread: undefined,
      busy: false,
      usedAt: 0,
    }))
  }

  get busy(): number {
    return this.#slots.filter(({ busy }) => busy).length
  }

  /** Does a task. The caller gives no more tasks at a time than there are threads. */
  async execute(
    key: string,
    options: ExecutorOptions,
    task: Task,
    signal: AbortSignal,
    onProgress: (amount: number) => void,
  ): Promise<TaskOutcome> {
    const slot = this.#take(key)
    try {
      if (slot.key !== key) {
        await slot.thread?.close()
        slot.key = key
        slot.thread = new TaskThread(options, this.#limits)
      }
      return await slot.thread!.execute(task, signal, onProgress)
    } finally {
      slot.busy = false
      slot.usedAt = this.#clock += 1
    }
  }

  /** Ends the threads, each after its task. */
  async close(): Promise<void> {
    await Promise.all(this.#slots.map(async ({ thread }) => thread?.close()))
  }

  #take(key: string): Slot {
    const idle = this.#slots.filter(({ busy }) => !busy)
    const slot =
      idle.find((candidate) => candidate.key === key) ?? idle.toSorted((a, b) => a.usedAt - b.usedAt)[0]
    if (slot === undefined) throw new Error(`Expected at most ${this.#slots.length} tasks at a time`)
    slot.busy = true
    return slot
  }
}
