import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runOnThreads } from '../src/runners/run-on-threads.ts'
import type { RunControl } from '../src/runners/task-runner.ts'
import type { Task } from '../src/task/task.ts'

const segment = (source: number): Task => ({
  kind: 'tokenize',
  source,
  segment: { kind: 'whole' },
  byteLength: 1,
})
const part = (number: number): Task => ({
  kind: 'embed',
  index: 'index',
  part: number,
  firstWindow: number,
  rows: 1,
})

/** What the threads are seen doing. */
interface Seen {
  readonly done: readonly Task[]
  /** For each thread, the most tasks of either kind that it had at work at a time, and both together. */
  readonly most: readonly { readonly parts: number; readonly others: number; readonly together: number }[]
}

/** Runs tasks that take a few turns each; a far thread is every one but the last, as in a run. */
async function watch(
  tasks: readonly Task[],
  count: number,
  fail?: (task: Task) => void,
): Promise<Seen & { readonly begun: readonly Task[] }> {
  const begun: Task[] = []
  const done: Task[] = []
  const atWork = Array.from({ length: count }, () => ({ parts: 0, others: 0 }))
  const most = Array.from({ length: count }, () => ({ parts: 0, others: 0, together: 0 }))
  const control: RunControl = {
    signal: new AbortController().signal,
    onProgress() {},
    onDone: (task) => void done.push(task),
    onRetry() {},
  }
  await runOnThreads(
    tasks,
    { count, isAfar: (thread) => thread < count - 1 },
    control,
    async (task, thread, { signal }, onWritten) => {
      begun.push(task)
      const kind = task.kind === 'embed' ? 'parts' : 'others'
      const now = atWork[thread]!
      now[kind]++
      most[thread]![kind] = Math.max(most[thread]![kind], now[kind])
      most[thread]!.together = Math.max(most[thread]!.together, now.parts + now.others)
      try {
        await delay(task.kind === 'embed' ? 4 : 1)
        fail?.(task)
        signal.throwIfAborted()
      } finally {
        now[kind]--
      }
      onWritten()
      await delay(2)
    },
  )
  return { begun, done, most }
}

test('a thread takes a segment beside a part, but never two parts or two segments', async () => {
  const tasks = [segment(0), part(0), segment(1), segment(2), part(1), part(2), segment(3)]
  const { done, most } = await watch(tasks, 1)
  expect(new Set(done)).toEqual(new Set(tasks))
  expect(most).toEqual([{ parts: 1, others: 1, together: 2 }])
})

test('a thread afar has its next segment already, but for the last ones', async () => {
  const { most, begun } = await watch(
    Array.from({ length: 12 }, (_, source) => segment(source)),
    2,
  )
  expect(most.map(({ others }) => others)).toEqual([2, 1])
  expect(begun).toHaveLength(12)
  // So few are for whoever has nothing to do.
  const few = await watch([segment(0), segment(1)], 2)
  expect(few.most.map(({ others }) => others)).toEqual([1, 1])
})

test('all tasks are done once, whatever their order and the number of threads', async () => {
  const anyTasks = fc
    .array(fc.boolean(), { maxLength: 30 })
    .map((kinds) => kinds.map((isPart, place) => (isPart ? part(place) : segment(place))))
  await fc.assert(
    fc.asyncProperty(anyTasks, fc.integer({ min: 1, max: 4 }), async (tasks, count) => {
      const { begun, done, most } = await watch(tasks, count)
      expect(begun).toEqual(tasks)
      expect(done).toHaveLength(tasks.length)
      expect(new Set(done)).toEqual(new Set(tasks))
      for (const { parts } of most) expect(parts).toBeLessThanOrEqual(1)
    }),
    { numRuns: 30 },
  )
})

test.each([part(1), segment(2)])(
  'the failure of %o is the error, and no further task is begun',
  async (bad) => {
    const tasks = [segment(0), part(1), segment(2), segment(3), part(4), segment(5), segment(6), segment(7)]
    const ended: Task[] = []
    const failing = watch(tasks, 1, (task) => {
      ended.push(task)
      if (task.kind === bad.kind && JSON.stringify(task) === JSON.stringify(bad)) throw new Error('no disk')
    })
    await expect(failing).rejects.toThrow('no disk')
    expect(ended.length).toBeLessThan(tasks.length)
  },
)
