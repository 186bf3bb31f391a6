import { openRunClient, type RunClient } from '@sluice/queue'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { describeRun, runTable } from '../terminal/run-line.ts'
import { formatCount } from '../terminal/units.ts'
import type { JobsFlags, RunFlags } from './queue.command.ts'
import { connectionOf, type QueueFlags } from './queue-options.ts'
import { watchRun } from './watch.ts'

export async function jobs({ limit, json = false, ...flags }: JobsFlags): Promise<void> {
  await using client = await open(flags)
  const [runs, tasks] = await Promise.all([client.list(limit), client.counts()])
  if (json) {
    console.log(JSON.stringify({ runs, tasks }))
    return
  }
  console.log(runs.length === 0 ? 'no runs; `sluice enqueue` puts one here' : runTable(runs))
  const { waiting, active, delayed, failed, workers } = tasks
  const counts = { waiting, active, delayed, failed, ...(workers === undefined ? {} : { workers }) }
  const words = Object.entries(counts).map(([name, count]) => `${formatCount(count)} ${name}`)
  console.log(`\ntasks: ${words.join(', ')}`)
}

export async function status(runId: string, { json = false, ...flags }: RunFlags): Promise<void> {
  await using client = await open(flags)
  const view = await client.status(runId)
  console.log(json ? JSON.stringify(view) : describeRun(view))
}

export async function watch(runId: string, { json = false, ...flags }: RunFlags): Promise<void> {
  await using client = await open(flags)
  using stop = cancelOnSignals()
  await watchRun(client, runId, { json, quiet: false, signal: stop.signal })
}

export async function cancel(runId: string, { json = false, ...flags }: RunFlags): Promise<void> {
  await using client = await open(flags)
  await client.cancel(runId)
  console.log(
    json ? JSON.stringify(await client.status(runId)) : `${runId} is being cancelled; what is finished stays`,
  )
}

export async function retry(runId: string, { json = false, ...flags }: RunFlags): Promise<void> {
  await using client = await open(flags)
  await client.retry(runId)
  console.log(json ? JSON.stringify(await client.status(runId)) : `${runId} is on the queue again`)
}

async function open(flags: QueueFlags): Promise<RunClient> {
  return openRunClient({ connection: await connectionOf(flags) })
}
