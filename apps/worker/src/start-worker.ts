import { realpath } from 'node:fs/promises'
import { QueueWorker, resolveConnection, type WorkerEvent } from '@sluice/queue'
import { pino } from 'pino'
import { requireNvidiaDriver } from './nvidia-driver.ts'
import { startHealthServer } from './health-server.ts'
import { createEventLog } from './log-event.ts'
import { createMetrics } from './metrics.ts'
import { SettingsError } from './errors.ts'
import type { Settings } from './settings.ts'
import { startTelemetry } from './telemetry.ts'
import { whyNotWritable } from './why-not-writable.ts'

/** A worker that runs. */
export interface RunningWorker {
  /** Where `/healthz`, `/readyz` and `/metrics` are. */
  readonly port: number
  /**
   * Takes no more jobs, finishes or gives back those under way, closes.
   *
   * @returns whether everything was closed in time
   */
  readonly stop: (reason: string) => Promise<boolean>
}

const pingMs = 2000

/** @throws SettingsError, QueueError where it cannot start as set; a server that is away is waited for */
export async function startWorker(settings: Settings): Promise<RunningWorker> {
  const log = pino({ level: settings.logLevel, base: { pid: process.pid } })
  const connection = resolveConnection({
    url: settings.redisUrl,
    prefix: settings.prefix,
    ...(settings.redisCaFile && { caFile: settings.redisCaFile }),
  })
  const root = await resolveRoot(settings.root)
  if (settings.provider === 'cuda') await requireNvidiaDriver()
  const telemetry = settings.otel ? await startTelemetry() : undefined
  let worker: QueueWorker | undefined
  let stopping = false
  const metrics = createMetrics({ worker: () => worker, root })
  const logEvent = createEventLog(log)
  const on = (event: WorkerEvent): void => {
    metrics.onEvent(event)
    // While it stops, connections that end are no news.
    if (!stopping || event.event !== 'error') logEvent(event)
  }
  const notReady = async (): Promise<string | undefined> => {
    if (stopping) return 'stopping'
    if (worker === undefined || !(await worker.ping(pingMs))) return `${connection.address} does not answer`
    return whyNotWritable(root)
  }
  const server = await startHealthServer({ metrics, notReady }, settings.httpHost, settings.httpPort)
  worker = new QueueWorker({
    connection,
    root,
    sourceRoots: settings.sourceRoots,
    threads: settings.threads,
    ...(settings.provider && { provider: settings.provider }),
    queues: settings.queues,
    runs: settings.runs,
    lockMs: settings.lockMs,
    stalledMs: settings.stalledMs,
    maxStarts: settings.maxStarts,
    pollMs: settings.pollMs,
    on,
    ...(settings.threadHeapMb && { threadLimits: { maxOldGenerationSizeMb: settings.threadHeapMb } }),
    ...(telemetry && { telemetry: telemetry.telemetry }),
  })
  const { threads, queues } = settings
  log.info({ queue: connection.address, root, threads, queues, port: server.port }, 'worker started')
  const problem = await whyNotWritable(root)
  if (problem !== undefined) log.warn({ root }, problem)
  // Asked when the server answers, which may be later.
  void worker.whyServerIsOpen().then(
    (why) => why !== undefined && log.warn({ queue: connection.address }, why),
    () => {},
  )
  return {
    port: server.port,
    async stop(reason) {
      stopping = true
      log.info({ reason, drainMs: settings.drainMs }, 'worker stopping')
      const clean = await worker.close(settings.drainMs)
      await Promise.all([server[Symbol.asyncDispose](), telemetry?.stop()])
      log.info({ clean }, 'worker stopped')
      return clean
    },
  }
}

async function resolveRoot(root: string): Promise<string> {
  try {
    return await realpath(root)
  } catch (error) {
    throw new SettingsError(`SLUICE_ROOT: expected a folder, got \`${root}\`; create or mount it`, {
      cause: error,
    })
  }
}
