/**
 * The pipeline through Redis, with one and two worker processes, beside the in-process runner; and what a task costs
 * when there are thousands of tiny ones.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { resolveRunConfig, runLocally, type RunConfig } from '@sluice/pipeline'
import { openRunClient, resolveConnection } from '@sluice/queue'
import ensureBuild, { repositoryRoot } from '../../queue/ensure-build.ts'
import ensureRedis from '../../queue/ensure-redis.ts'
import { until } from '../../queue/fault-run.ts'
import { RedisServer } from '../../queue/redis-server.ts'
import { WorkerProcess } from '../../queue/worker-process.ts'
import type { BenchContext, BenchTable } from '../benchmark.ts'

export async function run({ quick, log }: BenchContext): Promise<readonly BenchTable[]> {
  ensureRedis()
  ensureBuild()
  const root = mkdtempSync(join(process.env['SLUICE_BENCH_FOLDER'] ?? tmpdir(), 'sluice-bench-'))
  const before = process.cwd()
  // Sources are named relative to the data root, by everybody.
  process.chdir(root)
  try {
    const verdict = readFileSync(join(repositoryRoot, 'examples', 'the-verdict.txt'), 'utf8')
    mkdirSync('corpus')
    writeFileSync('corpus/throughput.txt', verdict.repeat(quick ? 50 : 300))
    writeFileSync('corpus/tasks.txt', verdict.repeat(quick ? 5 : 50))
    return [
      await compareThroughput(root, quick ? 1 : 5, log),
      await measureTasks(root, quick ? 1000 : 10_000, log),
    ]
  } finally {
    process.chdir(before)
    rmSync(root, { recursive: true, force: true })
  }
}

/** A started server and workers, warm: they have done a small run. */
async function startWorkers(root: string, count: number, threads: number) {
  const redis = await RedisServer.start()
  const environment = {
    SLUICE_REDIS_URL: redis.url,
    SLUICE_ROOT: root,
    SLUICE_THREADS: String(threads),
    SLUICE_LOG_LEVEL: 'warn',
  }
  const workers = Array.from(
    { length: count },
    () => new WorkerProcess({ ...environment, SLUICE_LOG_LEVEL: 'info' }),
  )
  await Promise.all(workers.map((worker) => worker.port()))
  return {
    redis,
    workers,
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()))
      await redis[Symbol.asyncDispose]()
    },
  }
}

/** Seconds from the planning to the commit. */
async function timeQueue(
  url: string,
  root: string,
  config: RunConfig,
  out: string,
  segmentBytes: number,
): Promise<number> {
  await using client = await openRunClient({ connection: resolveConnection({ url }), timeoutMs: 30_000 })
  const started = performance.now()
  const { runId } = await client.enqueue({ config, out, root, segmentBytes })
  await until(
    async () => (await client.status(runId)).state === 'done',
    3_600_000,
    () => runId,
  )
  return (performance.now() - started) / 1000
}

const segmentBytes = 512 << 10

async function compareThroughput(
  root: string,
  rounds: number,
  log: (line: string) => void,
): Promise<BenchTable> {
  const config = resolveRunConfig({ corpus: ['corpus/throughput.txt'], maxLength: 256, dim: 256 })
  const names = [
    'in one process, 2 threads',
    '1 worker process, 2 threads',
    '2 worker processes, 1 thread each',
  ] as const
  const timings = new Map<string, number[]>(names.map((name) => [name, []]))
  await using one = await startWorkers(root, 1, 2)
  await using two = await startWorkers(root, 2, 1)
  const out = 'out'
  for (let round = -1; round < rounds; round += 1) {
    log(round < 0 ? 'warming up' : `throughput, round ${round + 1} of ${rounds}`)
    const measured = [
      await timeLocal(config, out),
      await timeQueue(one.redis.url, root, config, out, segmentBytes).finally(() => clear(out)),
      await timeQueue(two.redis.url, root, config, out, segmentBytes).finally(() => clear(out)),
    ]
    // The first round starts threads and fills caches everywhere.
    if (round >= 0) for (const [at, name] of names.entries()) timings.get(name)!.push(measured[at]!)
  }
  const base = timings.get(names[0])!
  return {
    title: `${(readFileSync('corpus/throughput.txt').length / 1e6).toFixed(1)} MB of text to float32 embeddings, D = 256: medians of ${rounds} interleaved rounds`,
    columns: ['', 'seconds', 'throughput ÷ one process (median of rounds)'],
    rows: names.map((name) => {
      const seconds = timings.get(name)!
      return [
        name,
        median(seconds).toFixed(2),
        median(seconds.map((value, at) => base[at]! / value)).toFixed(2),
      ]
    }),
    notes: [
      'from planning to commit; workers were started before; target: at least 0.9 of the throughput of one process',
    ],
  }
}

async function timeLocal(config: RunConfig, out: string): Promise<number> {
  const started = performance.now()
  await runLocally({ config, out, threads: 2, segmentBytes })
  const seconds = (performance.now() - started) / 1000
  clear(out)
  return seconds
}

async function measureTasks(root: string, count: number, log: (line: string) => void): Promise<BenchTable> {
  const config = resolveRunConfig({ corpus: ['corpus/tasks.txt'], maxLength: 64, embeddings: 'none' })
  const bytes = Math.ceil(readFileSync('corpus/tasks.txt').length / count)
  // The start of a thread, its tokenizer and the compiling of what is hot are not what a task costs.
  const warm = resolveRunConfig({ corpus: ['corpus/tasks.txt'], maxLength: 128, embeddings: 'none' })
  await runLocally({ config: warm, out: 'out', threads: 1, segmentBytes: bytes * 10 })
  clear('out')
  log(`${count} tasks in one process`)
  const local = await cpuSecondsOf([process.pid], () =>
    runLocally({ config, out: 'out', threads: 1, segmentBytes: bytes }),
  )
  clear('out')
  log(`${count} tasks through the queue`)
  await using started = await startWorkers(root, 1, 1)
  const worker = started.workers[0]!.pid
  await timeQueue(started.redis.url, root, warm, 'out', bytes * 10)
  clear('out')
  const began = performance.now()
  const queue = await cpuSecondsOf([worker, process.pid, started.redis.pid], () =>
    timeQueue(started.redis.url, root, config, 'out', bytes),
  )
  const seconds = (performance.now() - began) / 1000
  clear('out')
  const [inProcess = 0] = local
  const [workerSeconds = 0, client = 0, redis = 0] = queue
  const row = (name: string, cpu: number, pid?: number): string[] => [
    name,
    cpu.toFixed(2),
    ((1000 * cpu) / count).toFixed(2),
    pid === undefined ? '' : peakMegabytes(pid).toFixed(0),
  ]
  return {
    title: `${count} tokenize tasks of ${bytes} bytes: processor time, through the queue and without it`,
    columns: ['', 'seconds of CPU', 'ms a task', 'highest memory, MB'],
    rows: [
      row('in one process, one thread', inProcess),
      row('worker', workerSeconds, worker),
      row('who enqueues and watches (this process)', client, process.pid),
      row('the queue: worker and watcher less one process', workerSeconds + client - inProcess),
      row('redis-server, besides', redis, started.redis.pid),
    ],
    notes: [
      `${seconds.toFixed(1)} s from planning to commit; target: less than 1 ms a task`,
      'small tasks share a job: up to 64, or 256 KiB of sources',
    ],
  }
}

/** Processor seconds that each of some processes uses for something, and for half a second after it. */
async function cpuSecondsOf(pids: readonly number[], action: () => Promise<unknown>): Promise<number[]> {
  const before = pids.map(cpuSeconds)
  await action()
  await delay(500)
  return pids.map((pid, at) => cpuSeconds(pid) - before[at]!)
}

function clear(out: string): void {
  rmSync(out, { recursive: true, force: true })
}

/** From /proc, so Linux only. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function peakMegabytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
