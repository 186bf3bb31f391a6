import { folderStorage, manifestName } from '@sluice/dataset'
import { commitShards, LocalRunner, TaskThread, workShard } from '@sluice/pipeline'
import { RedisServer, seededRandom } from '@sluice/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { createQueue, createQueueEvents } from '../src/bullmq/backend.ts'
import { BullTaskQueue } from '../src/bullmq/bull-task-queue.ts'
import { resolveConnection } from '../src/connection.ts'
import { queueNames, runIdOf, type TaskPayload } from '../src/payload.ts'
import { QueueRunner } from '../src/runner/queue-runner.ts'
import type { TaskQueue } from '../src/task-queue.ts'
import { QueueWorker } from '../src/worker/queue-worker.ts'
import { accessOf, carryBy, describeCarrier, type Carrier, type RunnerPlace } from './carrier-cases.ts'
import { LossyQueue, terribleLosses } from './lossy-queue.ts'

describeCarrier('on one thread', async (place) => onThreads(place, []))

describeCarrier('on threads', async (place) => onThreads(place, [new TaskThread(), new TaskThread()]))

describeCarrier('in shards', async (place) => inShards(place))

for (const [seed, batchBytes] of [
  [1, 0],
  [2, 10_000],
] as const) {
  const title = `on a queue that loses, repeats and forgets, jobs of ${batchBytes} bytes, seed ${seed}`
  describeCarrier(title, async (place) => {
    const options = { path: place.path, run: place.run, access: accessOf(place) }
    const queue = new LossyQueue(options, seededRandom(seed), terribleLosses)
    return {
      carry: (control) => carryBy(runnerOn(queue, place, { pollMs: 10, batchBytes }), place, control),
      [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
    }
  })
}

describe('on a real server', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis[Symbol.asyncDispose]())

  describeCarrier('BullMQ on redis-server', (place) => onRedis(place, redis))

  describeCarrier('threads, shards and BullMQ on redis-server at once', async (place) =>
    together([await onRedis(place, redis), onThreads(place, [new TaskThread()]), inShards(place)]),
  )
})

function onThreads(place: RunnerPlace, helpers: readonly TaskThread[]): Carrier {
  const { path, run } = place
  const runner = new LocalRunner({ path, run, access: accessOf(place) }, { helpers })
  return {
    carry: (control) => carryBy(runner, place, control),
    [Symbol.asyncDispose]: () => runner.close(),
  }
}

/** Shards of changing number, one of each stage repeated, and the commit. */
function inShards({ path, root }: RunnerPlace): Carrier {
  return {
    async carry(control) {
      for (const stage of ['tokens', 'parts'] as const) {
        for (const [index, count] of [
          [1, 2],
          [1, 3],
          [0, 3],
          [1, 3],
        ] as const)
          await workShard({ path, stage, shard: { index, count }, roots: [root], ...control })
      }
      const { state } = await commitShards(path)
      if (state !== 'done') throw new Error('Expected a run whose shards are done to be ready')
    },
    async [Symbol.asyncDispose]() {
      // Shards hold nothing.
    },
  }
}

async function onRedis(place: RunnerPlace, redis: RedisServer): Promise<Carrier> {
  const { root, out, run } = place
  const connection = resolveConnection({ url: redis.url })
  const worker = new QueueWorker({ connection, root, threads: 1, queues: ['tasks'] })
  const ignore = (): void => {}
  const tasks = createQueue<TaskPayload>(queueNames.tasks, connection, ignore)
  const events = createQueueEvents(queueNames.tasks, connection, ignore)
  await events.waitUntilReady()
  const { planId } = run
  const payload = { version: 1, out, planId, segmentBytes: 1, attempt: 0, cancelled: false } as const
  const queue = new BullTaskQueue(tasks, events, runIdOf(planId, out), {
    ...payload,
    label: '',
    sourceBytes: 0,
  })
  return {
    carry: (control) => carryBy(runnerOn(queue, place, { pollMs: 200, batchBytes: 10_000 }), place, control),
    async [Symbol.asyncDispose]() {
      await worker.close(1000)
      // Jobs of a run that was stopped or failed are not those of the next one.
      await redis.command('FLUSHALL')
      await Promise.all([tasks.close(), events.close()])
    },
  }
}

function runnerOn(
  queue: TaskQueue,
  { path, run: { planId }, out }: RunnerPlace,
  options: { readonly pollMs: number; readonly batchBytes: number },
): QueueRunner {
  const storage = folderStorage(path)
  const isCommitted = async (): Promise<boolean> => (await storage.stat(manifestName)) !== undefined
  const shared = { planId, runId: runIdOf(planId, out), attempt: 0, maxOutstanding: 8, ...options }
  return new QueueRunner({ queue, storage, describe: ({ kind }) => kind, isCommitted, ...shared })
}

/** Several who work on one folder: the run is carried out when all have come to its end. */
function together(carriers: readonly Carrier[]): Carrier {
  return {
    async carry(control) {
      const outcomes = await Promise.allSettled(carriers.map((carrier) => carrier.carry(control)))
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(carriers.map((carrier) => carrier[Symbol.asyncDispose]()))
    },
  }
}
