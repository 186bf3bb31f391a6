/**
 * `npm run chaos -- --minutes N --seed S`: runs of many small tasks on real workers and a real redis-server, with a fault
 * every second or so, until the time is up. After each run the dataset must be, byte for byte, the one that one process
 * makes; committed once; and no task done again that had its receipt.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import ensureBuild from '@sluice/testing/ensure-build'
import ensureRedis from '@sluice/testing/ensure-redis'
import { FaultRun, recomputed } from '@sluice/testing/fault-run'
import { type LogLine, LossyProxy, RedisServer, seededRandom, WorkerProcess } from '@sluice/testing'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string' },
    workers: { type: 'string', default: '3' },
  },
})
const minutes = Number(values.minutes)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
if (!(minutes > 0) || !Number.isSafeInteger(seed))
  throw new Error('Expected --minutes N and --seed S to be numbers')
console.log(`chaos: ${minutes} minutes, --seed ${seed}`)
ensureRedis()
ensureBuild()

const end = performance.now() + minutes * 60_000
const random = seededRandom(seed)
const totals: Record<string, number> = {}
let runs = 0
let failures = 0
while (performance.now() < end) {
  const problems = await runUnderFaults()
  runs += 1
  if (problems.length > 0) failures += 1
  console.log(`run ${runs}: ${problems.length === 0 ? 'same bytes, one commit' : problems.join('; ')}`)
}
console.log(`chaos: ${runs} runs, ${failures} wrong, --seed ${seed}; faults: ${JSON.stringify(totals)}`)
process.exitCode = failures === 0 ? 0 : 1

async function runUnderFaults(): Promise<string[]> {
  await using redis = await RedisServer.start()
  await using proxy = await LossyProxy.start(redis.port, random)
  using run = await FaultRun.create({ copies: 60, batchesPerPart: 1, segmentBytes: 20_000 })
  const lines: LogLine[] = []
  const start = (): WorkerProcess =>
    new WorkerProcess({
      SLUICE_REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      SLUICE_ROOT: run.root,
      SLUICE_THREADS: '2',
      SLUICE_LOCK_MS: '3000',
      SLUICE_STALLED_MS: '1000',
      SLUICE_POLL_MS: '500',
      // The faults are ours: a task that is killed often is not the one that kills.
      SLUICE_MAX_STARTS: '1000',
    })
  const workers = Array.from({ length: Number(values.workers) }, start)
  const replace = (at: number): void => {
    lines.push(...workers[at]!.lines)
    workers[at] = start()
  }
  const any = (): number => Math.floor(random() * workers.length)
  const submit = async (): Promise<void> => {
    // Refused while the server is away: then it is submitted at the next turn.
    await run.submit(redis.url).catch(() => {})
  }
  const faults: Readonly<Record<string, () => Promise<void>>> = {
    async kill() {
      const at = any()
      workers[at]!.signal('SIGKILL')
      await workers[at]!.exited()
      replace(at)
    },
    async zombie() {
      const worker = workers[any()]!
      worker.signal('SIGSTOP')
      await delay(4000 + 2000 * random())
      worker.signal('SIGCONT')
    },
    async redisKill() {
      await redis.kill()
      await delay(1000 * random())
      await redis.start()
    },
    async flush() {
      await redis.command('FLUSHALL')
      await submit()
    },
    async duplicate() {
      await Promise.all([submit(), submit()])
    },
    async losses() {
      proxy.p = 0.05
      await delay(1500)
      proxy.p = 0
    },
    async refuse() {
      await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '1')
      await delay(1000)
      await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '0')
    },
    async drain() {
      const at = any()
      workers[at]!.signal('SIGTERM')
      await workers[at]!.exited()
      replace(at)
    },
  }
  const names = Object.keys(faults)
  try {
    await submit()
    const lastFault = performance.now() + 60_000
    while (!run.isCommitted() && performance.now() < lastFault) {
      await delay(400 + 1200 * random())
      const name = names[Math.floor(random() * names.length)]!
      totals[name] = (totals[name] ?? 0) + 1
      await faults[name]!()
    }
    // Whatever happened: left in peace, and asked for once more, it ends.
    await submit()
    await run.committed(180_000)
    const inode = run.manifestInode()
    await delay(1000)
    for (const worker of workers) lines.push(...worker.lines)
    const problems = run.differences().map((name) => `${name} differs`)
    if (run.manifestInode() !== inode) problems.push('committed twice')
    for (const task of recomputed(lines)) problems.push(`${task} was done again`)
    return problems
  } catch (error) {
    return [(error as Error).message]
  } finally {
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()))
  }
}
