import type { RunView, TaskCounts } from '@sluice/queue'
import { escapeControls } from './escape.ts'
import { renderShare } from './progress-bar.ts'
import { formatBytes, formatCount, formatPlural, formatSeconds } from './units.ts'

const phaseTitle = { tokenize: 'tokenizing', embed: 'embedding' } as const

/** Returns one line with a run's progress, its speed and the number of its workers. */
export function progressLine(
  { state, progress, reason }: RunView,
  { workers, waiting, active }: TaskCounts,
  now: number,
  stream: NodeJS.WriteStream,
): string {
  const working =
    workers === undefined
      ? ''
      : workers === 0
        ? 'no workers: start one with `sluice worker`'
        : formatPlural(workers, 'worker')
  if (state !== 'running' || progress === undefined) {
    const why = state === 'retrying' && reason !== undefined ? `: ${escapeControls(reason)}` : ''
    return [`${state}${why}`, `${formatCount(waiting + active)} tasks on the queue`, working]
      .filter(Boolean)
      .join('  ')
  }
  const { phase, done, total, tokens, retries, since } = progress
  const seconds = Math.max(0.001, (now - since) / 1000)
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const left = done > 0 ? formatSeconds(((total - done) * seconds) / done) : '?'
  return [
    `${phaseTitle[phase].padEnd(10)} ${renderShare(share, stream)} ${String(Math.floor(share * 100)).padStart(3)} %`,
    `${formatCount(Math.round(tokens / seconds))} tokens/s`,
    `${left} left`,
    working,
    retries === 0 ? '' : formatPlural(retries, 'retry').replace(/retrys$/, 'retries'),
  ]
    .filter(Boolean)
    .join('  ')
}

/** A run in a few lines. */
export function describeRun(view: RunView): string[] {
  const { runId, state, label, sourceBytes, out, attempt, result, reason, enqueuedAt, finishedAt } = view
  const took = finishedAt === undefined ? '' : ` after ${formatSeconds((finishedAt - enqueuedAt) / 1000)}`
  const lines = [
    `${runId}  ${state}${took}${attempt === 0 ? '' : `, start ${attempt + 1}`}`,
    `  corpus   ${label}, ${formatBytes(sourceBytes)}`,
    `  dataset  ${out}${result === undefined ? '' : `: ${formatPlural(result.windows, result.per ?? 'window')}, ${formatBytes(result.byteLength)} of Arrow`}`,
  ]
  if (view.progress !== undefined && state !== 'done') {
    const { phase, done, total, retries } = view.progress
    lines.push(
      `  progress ${phaseTitle[phase]} ${total === 0 ? 0 : Math.floor((100 * done) / total)} %, ${formatCount(retries)} retries`,
    )
  }
  if (reason !== undefined && state !== 'done') lines.push(`  reason   ${reason}`)
  return lines
}

/** Runs as a table, one a line. */
export function runTable(views: readonly RunView[]): string[] {
  const rows = views.map(({ runId, state, progress, out, label }) => {
    const share = progress === undefined || progress.total === 0 ? 0 : progress.done / progress.total
    const far =
      state === 'running' && progress !== undefined ? ` ${progress.phase} ${Math.floor(share * 100)} %` : ''
    return [runId, `${state}${far}`, out, label]
  })
  const table = [['run', 'state', 'dataset', 'corpus'], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]!.length)))
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
