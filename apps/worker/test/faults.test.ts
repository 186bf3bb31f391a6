import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { LossyProxy, RedisServer, seededRandom, until, WorkerProcess } from '@sluice/testing'
import { FaultRun, recomputed } from '@sluice/testing/fault-run'

/** Short enough that a fault is noticed within the test, long enough for a loaded machine. */
const quick = {
  SLUICE_LOCK_MS: '4000',
  SLUICE_STALLED_MS: '1000',
  SLUICE_POLL_MS: '500',
  SLUICE_THREADS: '1',
}

function workerOf(run: FaultRun, url: string, more: Readonly<Record<string, string>> = {}): WorkerProcess {
  const environment = { SLUICE_REDIS_URL: url, SLUICE_ROOT: run.root, ...quick, ...more }
  return new WorkerProcess(environment)
}

/** The dataset is that of one process, committed once, and nothing that had its receipt was done again. */
async function expectSameDataset(run: FaultRun, workers: readonly WorkerProcess[]): Promise<void> {
  await run.committed(60_000)
  const inode = run.manifestInode()
  // Who was in the middle of a task when the run was committed finishes it, and clears away what came of it.
  await Promise.all(workers.map((worker) => worker.stopped()))
  expect(run.differences()).toEqual([])
  expect(run.manifestInode()).toBe(inode)
  expect(recomputed(workers.flatMap(({ lines }) => lines))).toEqual([])
}

async function partsDone(run: FaultRun, count: number): Promise<void> {
  await until(
    () => run.partsDone() >= count,
    60_000,
    () => `${count} parts, got ${run.partsDone()}`,
  )
}

test.concurrent('other workers take over the tasks and the run of workers that are killed', async () => {
  await using redis = await RedisServer.start()
  using run = await FaultRun.create()
  await using a = workerOf(run, redis.url)
  await run.submit(redis.url)
  await partsDone(run, 1)
  await using b = workerOf(run, redis.url)
  a.signal('SIGKILL')
  await partsDone(run, 4)
  await using c = workerOf(run, redis.url)
  b.signal('SIGKILL')
  await expectSameDataset(run, [a, b, c])
})

test.concurrent('a zombie that wakes past its lock does no harm', async () => {
  await using redis = await RedisServer.start()
  using run = await FaultRun.create()
  await using zombie = workerOf(run, redis.url)
  await run.submit(redis.url)
  await partsDone(run, 1)
  zombie.signal('SIGSTOP')
  await using heir = workerOf(run, redis.url)
  await partsDone(run, 4)
  zombie.signal('SIGCONT')
  await run.committed(60_000)
  // The zombie may finish the task that it was stopped in; nobody may begin one that has its receipt.
  await zombie.stopped()
  await expectSameDataset(run, [heir])
})

test.concurrent(
  'a run continues when redis is killed and started again from its append-only file',
  async () => {
    await using redis = await RedisServer.start()
    using run = await FaultRun.create()
    await using a = workerOf(run, redis.url)
    await run.submit(redis.url)
    await partsDone(run, 1)
    await redis.kill()
    await delay(3000)
    await redis.start()
    await expectSameDataset(run, [a])
    const errors = a.lines.filter(({ level }) => Number(level) >= 50)
    expect(errors.length).toBeLessThan(30)
  },
)

test.concurrent(
  'a run that is submitted again after redis lost everything repeats nothing that is finished',
  async () => {
    await using redis = await RedisServer.start()
    using run = await FaultRun.create()
    await using a = workerOf(run, redis.url)
    await using b = workerOf(run, redis.url)
    await run.submit(redis.url)
    await partsDone(run, 2)
    await redis.command('FLUSHALL')
    await Promise.all([run.submit(redis.url), run.submit(redis.url), run.submit(redis.url)])
    await delay(500)
    // Stopped, the workers cannot end the run between the two submissions.
    for (const worker of [a, b]) worker.signal('SIGSTOP')
    await redis.command('FLUSHALL')
    expect(await run.submit(redis.url)).toBe('added')
    expect(await run.submit(redis.url)).toBe('present')
    for (const worker of [a, b]) worker.signal('SIGCONT')
    await expectSameDataset(run, [a, b])
  },
)

test.concurrent('replies that are lost on the way neither fail a task nor do it twice', async () => {
  await using redis = await RedisServer.start()
  await using proxy = await LossyProxy.start(redis.port, seededRandom(7))
  using run = await FaultRun.create()
  const url = `redis://127.0.0.1:${proxy.port}`
  await using a = workerOf(run, url)
  await using b = workerOf(run, url)
  await run.submit(redis.url)
  await a.line(({ msg }) => msg === 'worker started')
  proxy.p = 0.08
  await run.committed(60_000)
  proxy.p = 0
  expect(proxy.lost).toBeGreaterThan(0)
  await expectSameDataset(run, [a, b])
})
