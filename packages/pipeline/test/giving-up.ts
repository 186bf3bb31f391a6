import { RunError, type LocalRunner, type RunControl, type Task, type TaskRunner } from '../src/index.ts'

/** Gives some tasks up, as a runner does after the last attempt. */
export class GivingUp implements TaskRunner {
  readonly #inner: LocalRunner
  readonly #isPoisonous: (task: Task) => boolean

  constructor(inner: LocalRunner, isPoisonous: (task: Task) => boolean) {
    this.#inner = inner
    this.#isPoisonous = isPoisonous
  }

  get provider(): string | undefined {
    return this.#inner.provider
  }

  async run(tasks: Iterable<Task>, control: RunControl): Promise<void> {
    for (const task of tasks) {
      const error = new RunError('poisonous-task', 'it failed 3 times')
      if (!this.#isPoisonous(task)) {
        await this.#inner.run([task], control)
        continue
      }
      const instead = await control.onGivenUp?.(task, error)
      if (instead === undefined) throw error
      await this.run(instead, control)
    }
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}
