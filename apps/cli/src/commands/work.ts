import { availableParallelism } from 'node:os'
import { resolveRunSettings, workShard, type RunSettings, type ShardStage } from '@sluice/pipeline'
import { shardOf } from '../batch/shard-of.ts'
import { CommandError } from '../errors.ts'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { print, printJson } from '../terminal/output.ts'
import { createReport } from '../terminal/report.ts'
import { formatPlural } from '../terminal/units.ts'
import { reportNotReady } from './commit.ts'

/** `sluice work`, as typed. */
export interface WorkFlags extends Pick<RunSettings, 'threads' | 'provider'> {
  readonly stage: ShardStage
  readonly shard: string
  readonly shardOffset: number
  readonly json?: boolean
  readonly quiet?: boolean
}

/** Engines send SIGKILL 30 seconds after SIGTERM, if nobody has told them otherwise. */
const defaultDrainMs = 20_000

export async function work(path: string, flags: WorkFlags): Promise<void> {
  const { stage, shard: shardText, shardOffset, json = false, quiet = false, ...given } = flags
  const shard = shardOf(shardText, shardOffset, process.env)
  const { threads = availableParallelism(), provider } = resolveRunSettings(given)
  const report = await createReport({ json, quiet })
  using cancel = cancelOnSignals(drainMs())
  const outcome = await workShard({
    ...{ path, stage, shard, threads, signal: cancel.signal, stopping: cancel.stopping },
    ...(provider && { provider }),
    onEvent: report.onEvent,
  }).finally(() => report.close())
  if (outcome.state === 'not-ready') {
    reportNotReady(path, outcome.missing, { json })
    return
  }
  const tasks = outcome.result
  if (json) printJson({ event: 'shard', stage, ...shard, tasks })
  else if (!quiet) print(`shard ${shard.index} of ${shard.count}: ${formatPlural(tasks, 'task')} done`)
}

function drainMs(): number {
  const text = process.env['SLUICE_DRAIN_MS']
  if (text === undefined || text === '') return defaultDrainMs
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new CommandError('invalid-option', `Expected SLUICE_DRAIN_MS to be milliseconds, got \`${text}\``)
}
