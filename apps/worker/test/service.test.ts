import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { RedisServer, until, WorkerProcess } from '@sluice/testing'
import { FaultRun } from '@sluice/testing/fault-run'

async function get(worker: WorkerProcess, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${await worker.port()}${path}`)
  return { status: response.status, text: await response.text() }
}

test.concurrent(
  'a worker waits while the disk is full, and the run continues once there is room',
  async () => {
    await using redis = await RedisServer.start()
    using run = await FaultRun.create({ copies: 6 })
    const environment = { SLUICE_REDIS_URL: redis.url, SLUICE_ROOT: run.root, SLUICE_POLL_MS: '500' }
    // A limit on the size of files is the kernel's own refusal to write, and needs no rights.
    await using cramped = new WorkerProcess(environment, { shell: 'ulimit -f 500' })
    await run.submit(redis.url)
    await cramped.line(({ msg, reason }) => /tried again/.test(msg) && /no-space/.test(String(reason)))
    await delay(1000)
    expect(run.isCommitted()).toBe(false)
    cramped.signal('SIGTERM')
    await cramped.exited()
    await using roomy = new WorkerProcess(environment)
    await run.committed(60_000)
    expect(run.differences()).toEqual([])
    expect(roomy.errors).toBe('')
  },
)

test.concurrent('with the default settings a killed worker costs less than 80 s', async () => {
  await using redis = await RedisServer.start()
  using run = await FaultRun.create({ copies: 30 })
  const environment = { SLUICE_REDIS_URL: redis.url, SLUICE_ROOT: run.root, SLUICE_THREADS: '1' }
  await using victim = new WorkerProcess(environment)
  await run.submit(redis.url)
  await until(
    () => run.partsDone() >= 1,
    60_000,
    () => 'the first part',
  )
  victim.signal('SIGKILL')
  expect(run.isCommitted()).toBe(false)
  await using heir = new WorkerProcess(environment)
  const killed = performance.now()
  await run.committed(80_000)
  const seconds = (performance.now() - killed) / 1000
  console.log(`committed ${seconds.toFixed(1)} s after the kill`)
  expect(heir.lines.some(({ msg }) => msg === 'job of a silent worker is given to another')).toBe(true)
  expect(run.differences()).toEqual([])
})

test.concurrent(
  'at SIGTERM a worker finishes its task or gives it back, so that another need not wait',
  async () => {
    await using redis = await RedisServer.start()
    using run = await FaultRun.create({ copies: 40, batchesPerPart: 1 })
    const environment = { SLUICE_REDIS_URL: redis.url, SLUICE_ROOT: run.root, SLUICE_THREADS: '1' }
    await using leaving = new WorkerProcess({ ...environment, SLUICE_DRAIN_MS: '5000' })
    await run.submit(redis.url)
    await until(
      () => run.partsDone() >= 1,
      60_000,
      () => 'the first part',
    )
    leaving.signal('SIGTERM')
    await leaving.exited()
    expect(leaving.exitCode).toBe(0)
    expect(run.isCommitted()).toBe(false)
    // Neither lock is waited for: that would take 45 s.
    await using heir = new WorkerProcess(environment)
    await heir.port()
    await run.committed(40_000)
    expect(run.differences()).toEqual([])
  },
)

test.concurrent('SIGTERM ends a worker in bounded time while redis is away', async () => {
  const redis = await RedisServer.start()
  using run = await FaultRun.create({ copies: 12 })
  const environment = { SLUICE_REDIS_URL: redis.url, SLUICE_ROOT: run.root, SLUICE_DRAIN_MS: '2000' }
  await using worker = new WorkerProcess(environment)
  await run.submit(redis.url)
  await until(
    () => run.partsDone() >= 1,
    60_000,
    () => 'the first part',
  )
  await redis[Symbol.asyncDispose]()
  expect((await get(worker, '/readyz')).status).toBe(503)
  expect((await get(worker, '/healthz')).status).toBe(200)
  expect((await get(worker, '/metrics')).status).toBe(200)
  const asked = performance.now()
  worker.signal('SIGTERM')
  await worker.exited()
  expect(performance.now() - asked).toBeLessThan(15_000)
})

test.concurrent('a server that refuses writes makes neither a busy loop nor a flood of lines', async () => {
  await using redis = await RedisServer.start()
  using run = await FaultRun.create({ copies: 6 })
  await using worker = new WorkerProcess({
    SLUICE_REDIS_URL: redis.url,
    SLUICE_ROOT: run.root,
    SLUICE_POLL_MS: '500',
    SLUICE_LOCK_MS: '4000',
    SLUICE_STALLED_MS: '1000',
  })
  await worker.port()
  await run.submit(redis.url)
  await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '1')
  await delay(1000)
  const before = { lines: worker.lines.length, cpu: cpuSeconds(worker.pid) }
  await delay(6000)
  expect(worker.lines.length - before.lines).toBeLessThan(30)
  expect(cpuSeconds(worker.pid) - before.cpu).toBeLessThan(3)
  await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '0')
  await run.committed(60_000)
  expect(run.differences()).toEqual([])
})

test.concurrent('metrics count what was done, and say what is on the queue', async () => {
  await using redis = await RedisServer.start()
  using run = await FaultRun.create({ copies: 2 })
  await using worker = new WorkerProcess({ SLUICE_REDIS_URL: redis.url, SLUICE_ROOT: run.root })
  expect((await get(worker, '/readyz')).status).toBe(200)
  await run.submit(redis.url)
  await run.committed(60_000)
  const page = async (): Promise<(name: string) => number> => {
    const { text: answer } = await get(worker, '/metrics')
    return (name) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(answer)?.[1])
  }
  // The job of the run ends a moment after the commit.
  const runsDone = 'sluice_jobs\\{queue="runs",state="completed"\\}'
  await until(
    async () => (await page())(runsDone) === 1,
    20_000,
    () => runsDone,
  )
  const value = await page()
  expect(value('sluice_windows_total')).toBeGreaterThan(500)
  expect(value('sluice_source_bytes_total')).toBe(2 * 20_479)
  expect(value('sluice_tokens_total\\{phase="tokenize"\\}')).toBeGreaterThan(10_000)
  expect(value('sluice_jobs\\{queue="tasks",state="waiting"\\}')).toBe(0)
  const free = value('sluice_disk_bytes\\{of="free"\\}')
  expect(free).toBeGreaterThan(0)
  expect(value('sluice_disk_bytes\\{of="size"\\}')).toBeGreaterThan(free)
})

test.concurrent('wrong settings are reported in one line, without the password', async () => {
  const start = async (environment: Readonly<Record<string, string>>) => {
    const child = spawn(process.execPath, ['apps/worker/dist/main.js'], {
      cwd: new URL('../../..', import.meta.url),
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        ...environment,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    return { status: status as number | null, stderr }
  }
  const typo = await start({ SLUICE_THREAD: '2' })
  expect(typo.status).toBe(2)
  expect(typo.stderr).toMatch(/^sluice worker: Unknown setting SLUICE_THREAD; known: /)
  const url = await start({ SLUICE_REDIS_URL: 'http://user:hunter2@example.org' })
  expect(url.status).toBe(2)
  expect(url.stderr).toContain('the scheme http:// is not known')
  expect(url.stderr).not.toContain('hunter2')
  const root = await start({ SLUICE_ROOT: '/no/such/folder' })
  expect(root.stderr).toContain('SLUICE_ROOT: expected a folder')
  expect((await start({ SLUICE_THREADS: 'many' })).stderr).toContain('SLUICE_THREADS')
  if (existsSync('/dev/nvidiactl') || existsSync('/dev/dxg')) return
  const cuda = await start({ SLUICE_PROVIDER: 'cuda' })
  expect(cuda.status).toBe(2)
  expect(cuda.stderr).toMatch(/^sluice worker: SLUICE_PROVIDER=cuda needs an NVIDIA driver, .*\n$/)
})

/** Seconds of processor time that a process has used; 0 where the system does not say it in /proc. */
function cpuSeconds(pid: number): number {
  if (process.platform !== 'linux') return 0
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
