import { DatasetError, folderStorage } from '@sluice/dataset'
import { RunError, type RunControl, type Task } from '@sluice/pipeline'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { QueueError, QueueRunner, type TaskJob, type TaskQueue } from '../src/index.ts'
import { formatFailure } from '../src/failure.ts'

/** A queue on which every job of the tasks of one source fails, for a reason; the others stay there for ever. */
class FailingQueue implements TaskQueue {
  readonly added: TaskJob[] = []
  readonly #reason: string

  constructor(reason: string) {
    this.#reason = reason
  }

  async add(jobs: readonly TaskJob[]): Promise<void> {
    this.added.push(...jobs)
  }

  async look(ids: readonly string[]): ReturnType<TaskQueue['look']> {
    return ids.map(() => ({ state: 'failed', reason: this.#reason }))
  }

  async withdraw(): Promise<void> {}

  onEnded(): Disposable {
    return { [Symbol.dispose]: () => {} }
  }
}

const tasks = [0, 1, 2].map((source): Task => {
  const segment = { kind: 'bytes', start: 0, end: 10 } as const
  return { kind: 'tokenize', source, segment, byteLength: 10 }
})

/** Runs the tasks until one is offered as poison, or the run ends. */
async function run(reason: string): Promise<{ readonly offered: number; readonly queue: FailingQueue }> {
  const path = temporaryFolder()
  const queue = new FailingQueue(reason)
  const place = { storage: folderStorage(path), planId: 'a'.repeat(64), runId: 'run-1', attempt: 0 }
  const runner = new QueueRunner({ queue, ...place, pollMs: 1, describe: ({ kind }) => kind })
  let offered = 0
  const control: RunControl = {
    signal: new AbortController().signal,
    onProgress: () => {},
    onDone: () => {},
    onRetry: () => {},
    async onGivenUp() {
      offered++
      return undefined
    },
  }
  await expect(runner.run(tasks, control)).rejects.toThrow(/./)
  return { offered, queue }
}

test('tasks that share a job are taken apart when it fails, so that no other is blamed', async () => {
  const { queue } = await run('Error: job started more than allowable limit')
  expect(queue.added.map((job) => job.tasks.length)).toEqual([3, 1, 1, 1])
  expect(new Set(queue.added.map(({ id }) => id)).size).toBe(4)
})

test('neither a full disk nor a cancelled run makes a hole of a task', async () => {
  const isAsked = async (reason: string): Promise<boolean> => (await run(reason)).offered > 0
  expect(await isAsked('Error: job started more than allowable limit')).toBe(true)
  expect(await isAsked(formatFailure(new RunError('poisonous-task', 'a.gz: unexpected end of file')))).toBe(
    true,
  )
  // Bad content may lie behind a damage: whoever is asked decides.
  expect(await isAsked(formatFailure(new RunError('too-short', 'a.txt: byte 3')))).toBe(true)
  expect(await isAsked(formatFailure(new DatasetError('no-space', 'Could not write')))).toBe(false)
  expect(await isAsked(formatFailure(new QueueError('cancelled', 'run-1 was cancelled')))).toBe(false)
})
