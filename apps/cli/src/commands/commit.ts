import { commitShards, type MissingTasks } from '@sluice/pipeline'
import { arrayText } from '../batch/array-text.ts'
import { ExitCode } from '../exit-code.ts'
import { print, printJson, report } from '../terminal/output.ts'
import { formatBytes, formatPlural } from '../terminal/units.ts'

/** `sluice commit`, as typed. */
export interface CommitFlags {
  readonly shards?: number
  readonly json?: boolean
}

export async function commit(path: string, { shards, json = false }: CommitFlags): Promise<void> {
  const outcome = await commitShards(path)
  if (outcome.state === 'not-ready') {
    reportNotReady(path, outcome.missing, { json, ...(shards !== undefined && { shards }) })
    return
  }
  const { planId, totals, layout } = outcome.result
  if (json) printJson({ event: 'done', planId, ...totals })
  else {
    const { rows, byteLength } = totals
    print(`${path}: ${formatPlural(rows, layout.per ?? 'window')}, ${formatBytes(byteLength)} of Arrow`)
  }
}

/** Says which tasks are missing, and whose they are; the program ends with the code that means "not ready". */
export function reportNotReady(
  path: string,
  { stage, tasks, shardsOf }: MissingTasks,
  { shards, json }: { readonly shards?: number; readonly json: boolean },
): void {
  process.exitCode = ExitCode.notReady
  const owners = shards === undefined ? undefined : shardsOf(shards)
  if (json) {
    const missing = { stage, tasks: tasks.length, ...(owners && { shards: owners }) }
    printJson({ event: 'not-ready', ...missing })
  } else if (owners !== undefined) print(arrayText(owners))
  const again =
    owners === undefined ? '`sluice commit --shards COUNT` names their shards' : 'do their shards again'
  const plural = formatPlural(tasks.length, 'task')
  report(`sluice: ${path} is not ready: ${plural} of the stage ${stage} not done yet; ${again}`)
}
