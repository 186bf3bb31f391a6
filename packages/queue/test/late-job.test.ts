import { cpSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { folderStorage } from '@sluice/dataset'
import { cutCorpus, readPlan, reopenCorpus, type Task } from '@sluice/pipeline'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { RedisServer, until } from '@sluice/testing'
import { FaultRun } from '@sluice/testing/fault-run'
import { createQueue, createQueueEvents } from '../src/bullmq/backend.ts'
import { BullTaskQueue } from '../src/bullmq/bull-task-queue.ts'
import { resolveConnection } from '../src/connection.ts'
import { queueNames, type TaskPayload } from '../src/payload.ts'
import { QueueWorker, type QueueWorkerOptions } from '../src/worker/queue-worker.ts'
import type { WorkerEvent } from '../src/worker/worker-event.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await RedisServer.start()
})
afterAll(() => redis[Symbol.asyncDispose]())

/** A run, its tokenize tasks, and a way to put jobs on the queue and wait until a worker is through with them. */
async function openRun() {
  await redis.command('FLUSHALL')
  const run = await FaultRun.create({ copies: 2, segmentBytes: 10_000 })
  const connection = resolveConnection({ url: redis.url })
  const ignore = (): void => {}
  const queue = createQueue<TaskPayload>(queueNames.tasks, connection, ignore)
  const events = createQueueEvents(queueNames.tasks, connection, ignore)
  await events.waitUntilReady()
  onTestFinished(async () => {
    await Promise.all([queue.close(), events.close()])
    run[Symbol.dispose]()
  })
  const tasks = new BullTaskQueue(queue, events, run.runId, run.payload)
  const ended = new Set<string>()
  events.on('completed', ({ jobId }) => ended.add(jobId))
  const deliver = async (jobs: Readonly<Record<string, readonly Task[]>>): Promise<void> => {
    await tasks.add(Object.entries(jobs).map(([id, list]) => ({ id, tasks: list })))
    const ids = Object.keys(jobs)
    await until(
      () => ids.every((id) => ended.has(id)),
      60_000,
      () => `the end of ${ids.filter((id) => !ended.has(id)).join(', ')}`,
    )
  }
  return { run, deliver, tokenize: await tokenizeTasks(run) }
}

async function tokenizeTasks({ path, root, payload }: FaultRun): Promise<Task[]> {
  const run = await readPlan(folderStorage(path), payload.planId)
  const segments = await cutCorpus(await reopenCorpus(run, { path, roots: [root] }), payload.segmentBytes)
  return segments.map((segment) => ({ kind: 'tokenize', ...segment }))
}

function startWorker({ root }: FaultRun, options: Pick<QueueWorkerOptions, 'on' | 'queues'>): QueueWorker {
  const connection = resolveConnection({ url: redis.url })
  const worker = new QueueWorker({ connection, root, threads: 1, pollMs: 200, ...options })
  onTestFinished(async () => {
    await worker.close(1000)
  })
  return worker
}

/** Every folder and file, and what tells a file that was written again from one that was left alone. */
function snapshot(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      const { ino, mtimeMs } = statSync(path)
      return [path.slice(folder.length), `${ino} ${mtimeMs}`]
    }),
  )
}

test('jobs that come after the commit end at once: nothing is made again, and nothing is left behind', async () => {
  const { run, deliver, tokenize } = await openRun()
  const seen: WorkerEvent[] = []
  startWorker(run, { on: (event) => seen.push(event) })
  await run.submit(redis.url)
  await run.committed(60_000)
  // The files are there a moment before the worker says so.
  await until(
    () => seen.some(({ event }) => event === 'run-committed'),
    60_000,
    () => 'the word of the worker',
  )
  expect(run.differences()).toEqual([])
  const made = seen.flatMap((event) => (event.event === 'task-done' ? [event.task] : []))
  const kinds = new Set(made.map(({ kind }) => kind))
  expect(kinds).toEqual(new Set(['tables', 'tokenize', 'embed']))

  const before = snapshot(run.path)
  seen.length = 0
  await deliver({
    ...Object.fromEntries(made.map((task, index) => [`late-${index}`, [task]])),
    'late-together': tokenize,
    'late-mixed': made.toReversed(),
  })
  expect(snapshot(run.path)).toEqual(before)
  expect(seen.filter(({ event }) => event !== 'task-done')).toEqual([])
  // The receipts of the tables and parts are still there.
  for (const event of seen) {
    expect(event).toMatchObject({ found: true })
    expect(event).not.toMatchObject({ task: { kind: 'tokenize' } })
  }
})

test('a job whose run is committed by others while it is under way stops there, and removes what it made', async () => {
  const { run, deliver, tokenize } = await openRun()
  expect(tokenize.length).toBeGreaterThan(3)
  const reference = join(run.root, 'reference')
  const done: string[] = []
  startWorker(run, {
    queues: ['tasks'],
    on(event) {
      if (event.event !== 'task-done') return
      done.push(event.taskId)
      expect(readdirSync(join(run.path, 'tokens'))).not.toEqual([])
      // What the other workers made, the manifest last; they remove the tokens, and this one's are not all of them.
      if (done.length === 2) {
        rmSync(join(run.path, 'tokens'), { recursive: true })
        cpSync(reference, run.path, { recursive: true })
      }
    },
  })
  await deliver({ 'under-way': tokenize })
  expect(done).toHaveLength(2)
  expect(run.differences()).toEqual([])
  expect(Object.keys(snapshot(run.path)).toSorted()).toEqual(Object.keys(snapshot(reference)).toSorted())
})
