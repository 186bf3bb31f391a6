/**
 * The pipeline through Redis, with one and two worker processes, beside the in-process runner; and what a task costs
 * when there are thousands of tiny ones; and how much memory Redis has for a run of a hundred thousand.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { resolveRunConfig, runLocally, type LocalRunOptions, type RunConfig } from '@sluice/pipeline'
import { openRunClient, resolveConnection } from '@sluice/queue'
import { RedisServer, theVerdict, WorkerProcess, type BenchContext, type BenchTable } from '@sluice/testing'
import ensureBuild from '@sluice/testing/ensure-build'
import ensureRedis from '@sluice/testing/ensure-redis'
import { measureRedisMemory } from './redis-memory.ts'

export async function run({ quick, log }: BenchContext): Promise<readonly BenchTable[]> {
  ensureRedis()
  ensureBuild()
  const verdict = readFileSync(theVerdict, 'utf8')
  const disk = process.env['SLUICE_BENCH_FOLDER'] ?? tmpdir()
  const memory = existsSync('/dev/shm') ? '/dev/shm' : disk
  return [
    await inFolder(disk, verdict.repeat(quick ? 50 : 300), (root) =>
      compareThroughput(root, quick ? 1 : 3, log),
    ),
    // In memory: what the disk costs, the same for both, varies more than what the queue costs.
    await inFolder(memory, verdict.repeat(quick ? 5 : 50), (root) =>
      measureTasks(root, quick ? 1000 : 10_000, quick ? 1 : 3, log),
    ),
    await measureRedisMemory(quick ? 2000 : 100_000),
  ]
}

const corpus = 'corpus/text.txt'

/** Measures in a data root with a corpus in it, which is the current folder: sources are named relative to it by everybody. */
async function inFolder(
  parent: string,
  text: string,
  measure: (root: string) => Promise<BenchTable>,
): Promise<BenchTable> {
  const root = mkdtempSync(join(parent, 'sluice-bench-'))
  const before = process.cwd()
  process.chdir(root)
  try {
    mkdirSync('corpus')
    writeFileSync(corpus, text)
    return await measure(root)
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

interface QueuedRun {
  readonly root: string
  readonly config: RunConfig
  readonly out: string
  readonly segmentBytes: number
}

/** Seconds from the planning to the commit. */
async function timeQueue(
  url: string,
  { root, config, out, segmentBytes }: QueuedRun,
  pollMs = 50,
): Promise<number> {
  await using client = await openRunClient({ connection: resolveConnection({ url }), timeoutMs: 30_000 })
  const started = performance.now()
  const { runId } = await client.enqueue({ config, out, root, segmentBytes })
  // As `sluice watch` looks, but ten times as often: the end is measured.
  while ((await client.status(runId)).state !== 'done') await delay(pollMs)
  return (performance.now() - started) / 1000
}

const throughputSegmentBytes = 512 << 10

/** One way of carrying a run: what does it, and the processes that take part. */
interface Way {
  readonly name: string
  readonly pids: readonly number[]
  readonly run: () => Promise<number>
}

async function compareThroughput(
  root: string,
  rounds: number,
  log: (line: string) => void,
): Promise<BenchTable> {
  const config = resolveRunConfig({ corpus: [corpus], maxLength: 256, dim: 256 })
  const out = 'out'
  const local = fork(new URL('local-runs.ts', import.meta.url), { execArgv: [], stdio: 'inherit' })
  await using one = await startWorkers(root, 1, 2)
  await using two = await startWorkers(root, 2, 1)
  const wayOf = (name: string, { redis, workers }: typeof one): Way => ({
    name,
    pids: [process.pid, redis.pid, ...workers.map(({ pid }) => pid)],
    run: () => timeQueue(redis.url, { root, config, out, segmentBytes: throughputSegmentBytes }),
  })
  const ways: readonly Way[] = [
    {
      name: 'in one process, 2 threads',
      pids: [local.pid ?? 0],
      run: () => timeLocal(local, config, out),
    },
    wayOf('1 worker process, 2 threads', one),
    wayOf('2 worker processes, 1 thread each', two),
  ]
  const seconds: number[][] = ways.map(() => [])
  const cpu: number[][] = ways.map(() => [])
  for (let round = -1; round < rounds; round += 1) {
    log(round < 0 ? 'warming up' : `throughput, round ${round + 1} of ${rounds}`)
    for (const [at, { pids, run: carry }] of ways.entries()) {
      let taken = 0
      const used = await cpuSecondsOf(pids, async () => {
        taken = await carry()
      })
      clear(out)
      // The first round starts threads and fills caches everywhere.
      if (round < 0) continue
      seconds[at]!.push(taken)
      cpu[at]!.push(used.reduce((sum, value) => sum + value, 0))
    }
  }
  local.kill()
  const ratio = (values: readonly number[], base: readonly number[]): string =>
    median(values.map((value, round) => base[round]! / value)).toFixed(2)
  return {
    title: `${(readFileSync(corpus).length / 1e6).toFixed(1)} MB of text to float32 embeddings, D = 256: medians of ${rounds} interleaved rounds`,
    columns: [
      '',
      'seconds',
      'throughput ÷ one process',
      'seconds of CPU',
      'work for a second of CPU ÷ one process',
    ],
    rows: ways.map(({ name }, at) => [
      name,
      median(seconds[at]!).toFixed(2),
      ratio(seconds[at]!, seconds[0]!),
      median(cpu[at]!).toFixed(2),
      ratio(cpu[at]!, cpu[0]!),
    ]),
    notes: [
      'from planning to commit; the processes were started before, but the one process starts its threads for each run',
      'CPU of all processes, redis-server and who watches included: where the machine is busy with other work, the better measure',
      'target: at least 0.9 of the throughput of one process',
    ],
  }
}

async function timeLocal(local: ChildProcess, config: RunConfig, out: string): Promise<number> {
  const options: LocalRunOptions = { config, out, threads: 2, segmentBytes: throughputSegmentBytes }
  local.send(options)
  const [seconds] = (await once(local, 'message')) as [number]
  return seconds
}

/** How often `sluice watch` looks. */
const watchMs = 500

async function measureTasks(
  root: string,
  count: number,
  rounds: number,
  log: (line: string) => void,
): Promise<BenchTable> {
  const config = resolveRunConfig({ corpus: [corpus], maxLength: 64, embeddings: 'none' })
  const bytes = Math.ceil(readFileSync(corpus).length / count)
  await using started = await startWorkers(root, 1, 1)
  const { url, pid: redis } = started.redis
  const worker = started.workers[0]!.pid
  const names = ['in one process, one thread', 'worker', 'who enqueues and watches', 'redis-server'] as const
  const measured: number[][] = []
  const seconds: number[] = []
  for (let round = -1; round < rounds; round += 1) {
    log(round < 0 ? 'warming up' : `${count} tasks, round ${round + 1} of ${rounds}`)
    // The start of a thread, its tokenizer and the compiling of what is hot are not what a task costs.
    const segmentBytes = round < 0 ? bytes * 10 : bytes
    const local = await cpuSecondsOf([process.pid], () =>
      runLocally({ config, out: 'out', threads: 1, segmentBytes }),
    )
    clear('out')
    const began = performance.now()
    const queue = await cpuSecondsOf([worker, process.pid, redis], () =>
      timeQueue(url, { root, config, out: `out-${round}`, segmentBytes }, watchMs),
    )
    clear(`out-${round}`)
    if (round < 0) continue
    seconds.push((performance.now() - began) / 1000)
    measured.push([...local, ...queue])
  }
  const row = (name: string, cpu: readonly number[], pid?: number): string[] => [
    name,
    median(cpu).toFixed(2),
    ((1000 * median(cpu)) / count).toFixed(2),
    pid === undefined ? '' : peakMegabytes(pid).toFixed(0),
  ]
  const column = (at: number): number[] => measured.map((values) => values[at]!)
  const overhead = measured.map(([local = 0, ofWorker = 0, client = 0]) => ofWorker + client - local)
  return {
    title: `${count} tokenize tasks of ${bytes} bytes: processor time, through the queue and without it; medians of ${rounds} interleaved rounds`,
    columns: ['', 'seconds of CPU', 'ms a task', 'highest memory, MB'],
    rows: [
      row(names[0], column(0), process.pid),
      row(names[1], column(1), worker),
      row(names[2], column(2), process.pid),
      row('the queue: worker and watcher less one process', overhead),
      row(`${names[3]}, besides`, column(3), redis),
    ],
    notes: [
      `${median(seconds).toFixed(1)} s from planning to commit; target: less than 1 ms a task`,
      'small tasks share a job: up to 64, or 256 KiB of sources; the files are in memory (tmpfs)',
      'the one process and the one that enqueues and watches are the same',
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
