import { openRunClient, type RunClient } from '@sluice/queue'
import type { QueueFlags } from '../options/queue-options.ts'
import { connectionOf } from '../queue/connection.ts'
import { watchRun } from '../queue/watch.ts'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { print, printJson } from '../terminal/output.ts'
import { describeRun, runTable } from '../terminal/run-line.ts'
import { formatCount, formatPlural } from '../terminal/units.ts'

/** `sluice jobs`, as typed. */
export interface JobsFlags extends QueueFlags {
  readonly json?: boolean
  readonly limit: number
}

/** The commands about one run, as typed. */
export interface RunFlags extends QueueFlags {
  readonly json?: boolean
}

export async function jobs({ limit, json = false, ...flags }: JobsFlags): Promise<void> {
  await using client = await open(flags)
  const [runs, tasks] = await Promise.all([client.list(limit), client.counts()])
  if (json) {
    printJson({ runs, tasks })
    return
  }
  print(...(runs.length === 0 ? ['no runs; `sluice enqueue` puts one here'] : runTable(runs)))
  const { waiting, active, delayed, failed, workers } = tasks
  const words = Object.entries({ waiting, active, delayed, failed }).map(
    ([state, count]) => `${formatCount(count)} ${state}`,
  )
  if (workers !== undefined) words.push(formatPlural(workers, 'worker'))
  print('', `tasks: ${words.join(', ')}`)
}

export async function status(runId: string, { json = false, ...flags }: RunFlags): Promise<void> {
  await using client = await open(flags)
  const view = await client.status(runId)
  if (json) printJson(view)
  else print(...describeRun(view))
}

export async function watch(runId: string, { json = false, ...flags }: RunFlags): Promise<void> {
  await using client = await open(flags)
  using stop = cancelOnSignals()
  await watchRun(client, runId, { json, quiet: false, signal: stop.signal })
}

export async function cancel(runId: string, { json = false, ...flags }: RunFlags): Promise<void> {
  await using client = await open(flags)
  await client.cancel(runId)
  if (json) printJson(await client.status(runId))
  else print(`${runId} is being cancelled; what is finished stays`)
}

export async function retry(runId: string, { json = false, ...flags }: RunFlags): Promise<void> {
  await using client = await open(flags)
  await client.retry(runId)
  if (json) printJson(await client.status(runId))
  else print(`${runId} is on the queue again`)
}

async function open(flags: QueueFlags): Promise<RunClient> {
  return openRunClient({ connection: await connectionOf(flags) })
}
