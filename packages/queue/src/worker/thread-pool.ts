import type { ResourceLimits } from 'node:worker_threads'
import { TaskThread, type ExecutorOptions, type Task, type TaskOutcome } from '@sluice/pipeline'

/** Tasks that a thread has at a time: it does one and publishes another, which waits for the disk. */
export const tasksPerThread = 2

interface Slot {
  /** Of which run the thread is; undefined before its first task. */
  key: string | undefined
  thread: TaskThread | undefined
  /** Until the thread of another run has ended, there is none for this one. */
  ready: Promise<void>
  tasks: number
  usedAt: number
}

interface Waiting {
  readonly key: string
  readonly options: ExecutorOptions
  readonly take: (slot: Slot) => void
}

/**
 * A fixed number of worker threads that do tasks of any run. A thread keeps what is expensive to create (tokenizer, tables,
 * buffers) for the run it worked for last, so a task goes to a thread of its run where one has room; another run gets
 * a thread that has nothing to do. Tasks that find no room wait for their turn.
 */
export class ThreadPool {
  readonly #slots: readonly Slot[]
  readonly #limits: ResourceLimits
  readonly #waiting: Waiting[] = []
  #clock = 0

  constructor(threads: number, limits: ResourceLimits = {}) {
    this.#limits = limits
    this.#slots = Array.from({ length: threads }, () => ({
      key: undefined,
      thread: undefined,
      ready: Promise.resolve(),
      tasks: 0,
      usedAt: 0,
    }))
  }

  /** Threads that are at work. */
  get busy(): number {
    return this.#slots.filter(({ tasks }) => tasks > 0).length
  }

  /** Does a task. */
  async execute(
    key: string,
    options: ExecutorOptions,
    task: Task,
    signal: AbortSignal,
    onProgress: (amount: number) => void,
  ): Promise<TaskOutcome> {
    const slot = await new Promise<Slot>((take) => {
      this.#waiting.push({ key, options, take })
      this.#assign()
    })
    try {
      await slot.ready
      return await slot.thread!.execute(task, { signal, onProgress })
    } finally {
      slot.tasks--
      slot.usedAt = ++this.#clock
      this.#assign()
    }
  }

  /** Ends the threads, each after its tasks. */
  async close(): Promise<void> {
    await Promise.all(this.#slots.map(async ({ thread }) => thread?.close()))
  }

  /** Gives threads to those that wait, in order: a run of many tasks must not keep another one out for ever. */
  #assign(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const { key, options, take } = next
      const slot = this.#findSlot(key)
      if (slot === undefined) return
      this.#waiting.shift()
      slot.tasks++
      if (slot.key !== key) {
        slot.ready = slot.thread?.close() ?? Promise.resolve()
        slot.key = key
        slot.thread = new TaskThread(this.#limits)
        slot.thread.assign(options)
      }
      take(slot)
    }
  }

  /** A thread of the run with room, the least busy one; else one without a task, the one that was idle longest. */
  #findSlot(key: string): Slot | undefined {
    const own = this.#slots.filter((slot) => slot.key === key && slot.tasks < tasksPerThread)
    const idle = this.#slots.filter(({ tasks }) => tasks === 0)
    const [least] = own.toSorted((a, b) => a.tasks - b.tasks)
    const [oldest] = idle.toSorted((a, b) => a.usedAt - b.usedAt)
    return least?.tasks === 0 ? least : (oldest ?? least)
  }
}
