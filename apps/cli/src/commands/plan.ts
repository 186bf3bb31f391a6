import { defaultSegmentBytes, planForShards, type PlannedStage, type ShardStage } from '@sluice/pipeline'
import { batchEngines } from '../batch/batch-script.ts'
import { shellQuote } from '../batch/shell-quote.ts'
import { requireOut } from '../config/output-folder.ts'
import { resolveFlags } from '../config/resolve-flags.ts'
import { CommandError } from '../errors.ts'
import type { ConfigFlags } from '../options/config-options.ts'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { print, printJson } from '../terminal/output.ts'
import { createReport } from '../terminal/report.ts'
import { formatBytes, formatPlural } from '../terminal/units.ts'

/** `sluice plan`, as typed. */
export interface PlanFlags extends ConfigFlags {
  readonly emit?: string
  readonly shards?: number
  readonly json?: boolean
  readonly quiet?: boolean
}

export async function plan(corpus: readonly string[], flags: PlanFlags): Promise<void> {
  const { emit, shards, json = false, quiet = false, ...rest } = flags
  if (emit !== undefined && json)
    throw new CommandError(
      'invalid-option',
      'Expected `--emit` or `--json`, got both: each is standard output',
    )
  const { config, settings } = await resolveFlags(corpus, rest)
  const out = requireOut(settings.out)
  const report = await createReport({ json: false, quiet: quiet || json })
  using cancel = cancelOnSignals()
  const planned = await planForShards({
    ...{ config, out, segmentBytes: defaultSegmentBytes, signal: cancel.signal },
    onEvent: report.onEvent,
  }).finally(() => report.close())
  const { stages } = planned
  const { planId } = planned.run
  if (json) printJson({ planId, out, sources: planned.sources.length, stages })
  else if (emit === undefined) print(...describe(out, stages))
  else {
    const countOf = (stage: ShardStage): number =>
      shards ?? stages.find((one) => one.stage === stage)?.shards ?? 1
    const run = { out, workingFolder: process.cwd(), planId }
    const script = batchEngines[emit]!({
      ...run,
      shards: { tokens: countOf('tokens'), parts: countOf('parts') },
    })
    process.stdout.write(script)
  }
}

function describe(out: string, stages: readonly PlannedStage[]): readonly string[] {
  const lines = stages.map(({ stage, tasks, byteLength }) => {
    const about = stage === 'parts' ? 'about ' : ''
    return `${stage.padEnd(6)}  ${about}${formatPlural(tasks, 'task')}, ${about}${formatBytes(byteLength)}`
  })
  const folder = shellQuote(out)
  const works = stages.map(({ stage, shards }) => {
    const rest = shards > 1 ? `      … to ${shards - 1}/${shards}` : ''
    return `  sluice work ${folder} --stage ${stage} --shard 0/${shards}${rest}`
  })
  return [
    ...lines,
    '',
    'Do each shard, in any order, on any machine; then the next stage:',
    ...works,
    `  sluice commit ${folder}`,
  ]
}
