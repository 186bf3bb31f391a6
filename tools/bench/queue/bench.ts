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
  log(`${count} tasks in one process`)
  const cpu = process.cpuUsage()
  await runLocally({ config, out: 'out', threads: 1, segmentBytes: bytes })
  const local = process.cpuUsage(cpu)
  const localSeconds = (local.user + local.system) / 1e6
  clear('out')
  log(`${count} tasks through the queue`)
  await using started = await startWorkers(root, 1, 1)
  const [worker] = started.workers
  // The start of a thread and its tokenizer are not what a task costs.
  const warm = resolveRunConfig({ corpus: ['corpus/tasks.txt'], maxLength: 128, embeddings: 'none' })
  await timeQueue(started.redis.url, root, warm, 'warm', bytes * 100)
  clear('warm')
  const before = usageOf(worker!.pid).cpuSeconds
  const mine = process.cpuUsage()
  const seconds = await timeQueue(started.redis.url, root, config, 'out', bytes)
  const enqueue = process.cpuUsage(mine)
  // A last look at a process that has come to rest.
  await delay(500)
  const { cpuSeconds, peakMegabytes } = usageOf(worker!.pid)
  const total = cpuSeconds - before + (enqueue.user + enqueue.system) / 1e6
  clear('out')
  return {
    title: `${count} tokenize tasks of ${bytes} bytes: processor time of the worker and of whoever enqueues and watches`,
    columns: ['', 'seconds of CPU', 'ms a task'],
    rows: [
      ['in one process, one thread', localSeconds.toFixed(2), ((1000 * localSeconds) / count).toFixed(2)],
      ['through the queue, one worker', total.toFixed(2), ((1000 * total) / count).toFixed(2)],
      [
        'difference: the queue',
        (total - localSeconds).toFixed(2),
        ((1000 * (total - localSeconds)) / count).toFixed(2),
      ],
    ],
    notes: [
      `${seconds.toFixed(1)} s in all; the worker's memory at its highest: ${peakMegabytes.toFixed(0)} MB`,
      'target: less than 1 ms a task',
    ],
  }
}

function clear(out: string): void {
  rmSync(out, { recursive: true, force: true })
}

/** From /proc, so Linux only. */
function usageOf(pid: number): { cpuSeconds: number; peakMegabytes: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { cpuSeconds: ticks / 100, peakMegabytes: Number(peak) / 1000 }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
