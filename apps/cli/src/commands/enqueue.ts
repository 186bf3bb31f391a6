import { isAbsolute, relative, resolve, sep } from 'node:path'
import { isLocalLocator } from '@sluice/corpus'
import { openRunClient, type Enqueued } from '@sluice/queue'
import { CommandError } from '../errors.ts'
import { requireOut } from '../config/output-folder.ts'
import { resolveFlags } from '../config/resolve-flags.ts'
import type { ConfigFlags } from '../options/config-options.ts'
import type { QueueFlags } from '../options/queue-options.ts'
import { connectionOf } from '../queue/connection.ts'
import { watchRun } from '../queue/watch.ts'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { print, printJson } from '../terminal/output.ts'
import { createReport } from '../terminal/report.ts'

/** `sluice enqueue`, as typed. */
export interface EnqueueFlags extends ConfigFlags, QueueFlags {
  readonly root?: string
  readonly wait?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

const outcomeText: Readonly<Record<Enqueued['outcome'], string>> = {
  added: 'is on the queue',
  present: 'is on the queue already',
  restarted: 'is on the queue again, and resumes from what is finished',
  done: 'is done already',
}

export async function enqueue(corpus: readonly string[], flags: EnqueueFlags): Promise<void> {
  const { root: rootFlag, redis, wait = false, json = false, quiet = false, ...rest } = flags
  const { config, settings } = await resolveFlags(corpus, rest)
  const root = resolve(rootFlag ?? (process.env['SLUICE_ROOT'] || '.'))
  const out = belowRoot(requireOut(settings.out), root)
  const sources = config.corpus.map((source) => (isLocalLocator(source) ? belowRoot(source, root) : source))
  await using client = await openRunClient({ connection: await connectionOf({ ...(redis && { redis }) }) })
  // Names in a plan are the same for everybody who sees the data folder.
  changeFolder(root)
  const report = await createReport({ json: false, quiet: quiet || json })
  using cancel = cancelOnSignals()
  const enqueued = await client
    .enqueue({
      config: { ...config, corpus: sources },
      out,
      root,
      signal: cancel.signal,
      onEvent: report.onEvent,
    })
    .finally(() => report.close())
  const runs = enqueued.validation === undefined ? [enqueued] : [enqueued.validation, enqueued]
  if (json) printJson({ event: 'enqueued', ...enqueued })
  else if (quiet) print(...runs.map(({ runId }) => runId))
  else print(...runs.map(({ runId, outcome }) => `${runId} ${outcomeText[outcome]}`))
  const underWay = runs.filter(({ outcome }) => outcome !== 'done')
  if (!wait && !json && !quiet) for (const { runId } of underWay) print(`  sluice watch ${runId}`)
  if (!wait) return
  for (const { runId } of underWay) await watchRun(client, runId, { json, quiet, signal: cancel.signal })
}

/** A path as workers are told it: relative to the data folder, with `/`. */
function belowRoot(path: string, root: string): string {
  const name = relative(root, resolve(path))
  if (name !== '' && !isAbsolute(name) && name !== '..' && !name.startsWith(`..${sep}`)) {
    return name.replaceAll(sep, '/')
  }
  throw new CommandError(
    'invalid-option',
    `Expected ${path} to be below the data folder ${root}, which the workers share; move it there, or name another with --root`,
  )
}

function changeFolder(root: string): void {
  try {
    process.chdir(root)
  } catch (error) {
    throw new CommandError('invalid-option', `Expected --root to be a folder, got ${root}`, { cause: error })
  }
}
