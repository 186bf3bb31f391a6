import { statfs } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { QueueWorker, WorkerEvent } from '@sluice/queue'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Milliseconds that the queue may take to count its jobs for a scrape. */
const countMs = 2000
/** Milliseconds that the disk may take to say how full it is. */
const diskMs = 1000

/** What Prometheus is told. Rates (tokens/s) are Prometheus' to make, from the counters. */
export interface Metrics {
  readonly onEvent: (event: WorkerEvent) => void
  /** The page for a scrape. Answers without the queue's counts where the server is away. */
  readonly render: () => Promise<string>
  readonly contentType: string
}

/** Where {@link createMetrics} looks at each scrape. */
export interface MetricsSource {
  /** Undefined until it has started. */
  readonly worker: () => QueueWorker | undefined
  /** The data root, whose disk is measured. */
  readonly root: string
}

export function createMetrics({ worker, root }: MetricsSource): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `sluice_${name}_total`, help, labelNames: [...labelNames], registers })
  const tasks = counter('tasks', 'Tasks that ended, by kind of task and outcome', ['kind', 'outcome'])
  const tokens = counter('tokens', 'Ids tokenized or embedded', ['phase'])
  const bytes = counter('source_bytes', 'Bytes of sources tokenized')
  const written = counter('written_bytes', 'Bytes of token files and parts published')
  const windows = counter('windows', 'Windows embedded')
  const retries = counter('retries', 'Tasks that failed and are tried again')
  const runs = counter('runs', 'Runs that ended here, by outcome', ['outcome'])
  const stalls = counter('stalls', 'Jobs of other workers that were found without a lock')
  const locksLost = counter('locks_lost', 'Jobs whose lock could not be renewed')
  const errors = counter('queue_errors', 'Errors of the connection to the queue', ['queue'])
  const seconds = new Histogram({
    name: 'sluice_task_seconds',
    help: 'Time a task took, by kind',
    labelNames: ['kind'],
    buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
    registers,
  })
  const busy = new Gauge({ name: 'sluice_busy_threads', help: 'Threads at work', registers })
  const jobs = new Gauge({
    name: 'sluice_jobs',
    help: 'Jobs of all workers, by queue and state',
    labelNames: ['queue', 'state'],
    registers,
  })

  const disk = new Gauge({
    name: 'sluice_disk_bytes',
    help: 'Bytes of the disk that the data root is on: all of them, and those that a worker may still take',
    labelNames: ['of'],
    registers,
  })
  const measureDisk = async (): Promise<void> => {
    const { blocks, bavail, bsize } = await statfs(root)
    disk.set({ of: 'size' }, blocks * bsize)
    disk.set({ of: 'free' }, bavail * bsize)
  }

  const onEvent = (event: WorkerEvent): void => {
    switch (event.event) {
      case 'task-done': {
        const { task, outcome, found } = event
        tasks.inc({ kind: task.kind, outcome: found ? 'found' : 'done' })
        if (found) return
        seconds.observe({ kind: task.kind }, event.seconds)
        written.inc(outcome.byteLength)
        if (task.kind === 'tokenize') bytes.inc(task.byteLength)
        if (task.kind === 'embed') windows.inc(task.rows)
        if (task.kind !== 'tables') tokens.inc({ phase: task.kind }, outcome.tokens)
        return
      }
      case 'task-failed':
        if (event.again) retries.inc()
        else tasks.inc({ kind: 'any', outcome: 'failed' })
        return
      case 'task-returned':
        tasks.inc({ kind: 'any', outcome: 'returned' })
        return
      case 'run-committed':
        runs.inc({ outcome: 'committed' })
        return
      case 'run-failed':
        if (!event.again) runs.inc({ outcome: 'failed' })
        return
      case 'stalled':
        stalls.inc()
        return
      case 'lock-lost':
        locksLost.inc(event.jobIds.length)
        return
      case 'error':
        errors.inc({ queue: event.queue })
        return
      // Told in the log alone.
      case 'run-started':
      case 'retry':
      case 'braked':
    }
  }

  const countJobs = async (from: QueueWorker): Promise<void> => {
    for (const queue of ['runs', 'tasks'] as const) {
      const counts = await from.queues[queue].getJobCounts()
      for (const [state, count] of Object.entries(counts)) jobs.set({ queue, state }, count)
    }
  }
  return {
    onEvent,
    contentType: registry.contentType,
    async render() {
      const from = worker()
      busy.set(from?.busyThreads ?? 0)
      jobs.reset()
      disk.reset()
      // A folder that is gone, or a server of files that does not answer, must not keep the other figures back.
      await Promise.race([measureDisk(), delay(diskMs, undefined, { ref: false })]).catch(() => {})
      if (from !== undefined && (await from.ping(countMs))) await countJobs(from).catch(() => {})
      return registry.metrics()
    },
  }
}
