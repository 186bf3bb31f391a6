import type { Task } from '../task/task.ts'

/** Tasks in their order, which can be looked at before they are taken. */
export class TaskQueue {
  readonly #tasks: Iterator<Task>
  readonly #seen: Task[] = []

  constructor(tasks: Iterable<Task>) {
    this.#tasks = tasks[Symbol.iterator]()
  }

  /** Whether so many tasks are left at least. */
  has(count: number): boolean {
    while (this.#seen.length < count) {
      const next = this.#tasks.next()
      if (next.done === true) return false
      this.#seen.push(next.value)
    }
    return true
  }

  /** Takes the next task, unless it is of the kind `but`; undefined where nothing is left for the caller. */
  take(but?: Task['kind']): Task | undefined {
    return this.has(1) && this.#seen[0]!.kind !== but ? this.#seen.shift() : undefined
  }
}
