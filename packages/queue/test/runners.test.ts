import { folderStorage } from '@sluice/dataset'
import { LocalRunner, TaskThread } from '@sluice/pipeline'
import { RedisServer, seededRandom } from '@sluice/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { createQueue, createQueueEvents } from '../src/bullmq/backend.ts'
import { BullTaskQueue } from '../src/bullmq/bull-task-queue.ts'
import { resolveConnection } from '../src/connection.ts'
import { queueNames, runIdOf, type TaskPayload } from '../src/payload.ts'
import { QueueRunner } from '../src/runner/queue-runner.ts'
import type { TaskQueue } from '../src/task-queue.ts'
import { QueueWorker } from '../src/worker/queue-worker.ts'
import { LossyQueue, terribleLosses } from './lossy-queue.ts'
import { describeRunner, type RunnerPlace } from './runner-cases.ts'

describeRunner('on one thread', async ({ path, run, root }) => {
  const runner = new LocalRunner({ path, run, access: { path, roots: [root] } })
  return { runner, [Symbol.asyncDispose]: () => runner.close() }
})

describeRunner('on threads', async ({ path, run, root }) => {
  const helpers = [new TaskThread(), new TaskThread()]
  const runner = new LocalRunner({ path, run, access: { path, roots: [root] } }, { helpers })
  return { runner, [Symbol.asyncDispose]: () => runner.close() }
})

function runnerOn(
  queue: TaskQueue,
  { path, run: { planId }, out }: RunnerPlace,
  options: { readonly pollMs: number; readonly batchBytes: number },
): QueueRunner {
  const shared = { planId, runId: runIdOf(planId, out), attempt: 0, maxOutstanding: 8, ...options }
  return new QueueRunner({ queue, storage: folderStorage(path), describe: ({ kind }) => kind, ...shared })
}

for (const [seed, batchBytes] of [
  [1, 0],
  [2, 10_000],
] as const) {
  const title = `on a queue that loses, repeats and forgets, jobs of ${batchBytes} bytes, seed ${seed}`
  describeRunner(title, async (place) => {
    const options = { path: place.path, run: place.run, access: { path: place.path, roots: [place.root] } }
    const queue = new LossyQueue(options, seededRandom(seed), terribleLosses)
    const runner = runnerOn(queue, place, { pollMs: 10, batchBytes })
    return { runner, [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose]() }
  })
}

describe('on a real server', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis[Symbol.asyncDispose]())

  describeRunner('BullMQ on redis-server', async (place) => {
    await redis.command('FLUSHALL')
    const connection = resolveConnection({ url: redis.url })
    const worker = new QueueWorker({ connection, root: place.root, threads: 1, queues: ['tasks'] })
    const ignore = (): void => {}
    const tasks = createQueue<TaskPayload>(queueNames.tasks, connection, ignore)
    const events = createQueueEvents(queueNames.tasks, connection, ignore)
    await events.waitUntilReady()
    const { planId } = place.run
    const run = { version: 1, out: place.out, planId, segmentBytes: 1, attempt: 0, cancelled: false } as const
    const payload = { ...run, label: '', sourceBytes: 0 }
    const queue = new BullTaskQueue(tasks, events, runIdOf(planId, place.out), payload)
    return {
      runner: runnerOn(queue, place, { pollMs: 200, batchBytes: 10_000 }),
      async [Symbol.asyncDispose]() {
        await worker.close(1000)
        await Promise.all([tasks.close(), events.close()])
      },
    }
  })
})
