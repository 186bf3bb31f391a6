import { setTimeout as delay } from 'node:timers/promises'
import type { Task } from '@sluice/pipeline'
import { RedisServer, type BenchTable } from '@sluice/testing'
import { Worker } from 'bullmq'
import { createQueue, createQueueEvents } from '../src/bullmq/backend.ts'
import { BullTaskQueue } from '../src/bullmq/bull-task-queue.ts'
import { resolveConnection } from '../src/connection.ts'
import { queueNames, type TaskPayload } from '../src/payload.ts'
import type { TaskJob } from '../src/task-queue.ts'

/** Jobs of a run that are on the queue at a time. */
const outstanding = 512

/** Shares of the jobs after which memory is read. */
const shares = [0.1, 0.25, 0.5, 0.75, 1]

const segmentBytes = 8 << 20

function jobOf(number: number): TaskJob {
  const start = number * segmentBytes
  const segment = { kind: 'bytes', start, end: start + segmentBytes } as const
  const task: Task = { kind: 'tokenize', source: number % 100, segment, byteLength: segmentBytes }
  return { id: `run-0123456789abcdef-0-tokenize-${number}-${start}-${segment.end}`, tasks: [task] }
}

/**
 * Sends the jobs of a large run through a real server, as many at a time as a run has, and reads how much memory the server uses. The
 * worker takes and ends them, and does nothing else.
 */
export async function measureRedisMemory(jobs: number): Promise<BenchTable> {
  await using redis = await RedisServer.start()
  const connection = resolveConnection({ url: redis.url })
  const ignore = (): void => {}
  const tasks = createQueue<TaskPayload>(queueNames.tasks, connection, ignore)
  const events = createQueueEvents(queueNames.tasks, connection, ignore)
  await events.waitUntilReady()
  const names = { out: 'runs/a-large-one', planId: 'a'.repeat(64), label: 'a large one' }
  const payload = {
    version: 1,
    segmentBytes,
    attempt: 0,
    cancelled: false,
    sourceBytes: 0,
    ...names,
  } as const
  const queue = new BullTaskQueue(tasks, events, 'run-0123456789abcdef', payload)
  const used = async (): Promise<number> => {
    const info = await redis.command('INFO', 'memory')
    return Number(/used_memory:(\d+)/.exec(info)?.[1])
  }
  const rows: (string | number)[][] = []
  let most = 0
  const mebibytes = (bytes: number): number => Number((bytes / 2 ** 20).toFixed(2))
  const note = async (when: string): Promise<void> => {
    const now = await used()
    most = Math.max(most, now)
    rows.push([when, mebibytes(now), mebibytes(most)])
  }
  await note('empty')
  let added = 0
  let ended = 0
  using _listening = queue.onEnded(() => ended++)
  const add = (count: number): Promise<void> =>
    queue.add(Array.from({ length: Math.min(count, jobs - added) }, () => jobOf(added++)))
  await add(outstanding)
  await note(`${Math.min(outstanding, jobs)} jobs waiting`)
  const worker = new Worker(queueNames.tasks, () => Promise.resolve(), { ...tasks.opts, concurrency: 64 })
  worker.on('error', ignore)
  try {
    let next = 0
    while (next < shares.length) {
      await delay(20)
      if (added < jobs) await add(outstanding - (added - ended))
      most = Math.max(most, await used())
      if (ended < shares[next]! * jobs) continue
      await note(`after ${ended} jobs`)
      next++
    }
  } finally {
    await worker.close()
    await Promise.all([tasks.close(), events.close()])
  }
  return {
    title: `Memory of Redis, ${jobs} jobs of one run`,
    columns: ['when', 'MiB', 'MiB at most so far'],
    rows,
  }
}
