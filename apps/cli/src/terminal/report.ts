import type { RunEvent } from '@sluice/pipeline'
import { escapeControls } from './escape.ts'
import { summarizeInputs } from './left-out.ts'
import { describeMarkCautions, describeMarks } from './marks.ts'
import { printJson, report as printLine } from './output.ts'
import { formatBytes, formatPlural, formatSeconds } from './units.ts'

/** Shows a run's events as they come. */
export interface Report {
  readonly onEvent: (event: RunEvent) => void
  /** Leaves the terminal as it was found. */
  close(): void
}

export interface ReportOptions {
  readonly json: boolean
  readonly quiet: boolean
}

/** JSON lines on standard output, a bar on a terminal, plain lines elsewhere; the last two on standard error. */
export async function createReport({ json, quiet }: ReportOptions): Promise<Report> {
  if (json) return { onEvent: printJson, close: () => {} }
  if (quiet) return { onEvent: () => {}, close: () => {} }
  return process.stderr.isTTY ? await createTerminalReport() : createLineReport()
}

function announce(event: RunEvent): readonly string[] {
  switch (event.event) {
    case 'planned': {
      const about = event.size.exact ? '' : 'about '
      const { tokens, windows, byteLength, per = 'window' } = event.size
      const size = `${about}${formatBytes(byteLength)}`
      const what =
        event.to === undefined
          ? `${formatPlural(windows, per)}, ${size} with the tables`
          : `${formatPlural(tokens, 'token')}, ${size}`
      return [
        `${formatPlural(event.sources, 'source')}, ${formatBytes(event.sourceBytes)}${summarizeInputs(event.inputs)}; will write ${about}${what}`,
        ...describeMarks(event.marks),
        ...describeMarkCautions(event.marks),
      ]
    }
    case 'tokenized': {
      const { tokens, windows, byteLength, per = 'window' } = event.size
      return [
        `${formatPlural(tokens, 'token')} in ${formatPlural(windows, per)}, ${formatBytes(byteLength)} to write with the tables`,
      ]
    }
    case 'hole':
      return [`left out, could not be read: ${event.task}: ${event.why}`]
    case 'retry':
      return [`trying again: ${event.task}: ${event.why}`]
    case 'hashing':
    case 'progress':
    case 'part':
    case 'done':
      return []
  }
}

const phaseTitle = { tokenize: 'tokenizing', embed: 'embedding' } as const

async function createTerminalReport(): Promise<Report> {
  const { createProgressBar } = await import('./progress-bar.ts')
  const bar = createProgressBar(process.stderr)
  let row: Row = 'window'
  return {
    onEvent(event) {
      for (const line of announce(event)) bar.print(escapeControls(line))
      if (event.event === 'planned' || event.event === 'tokenized') row = event.size.per ?? 'window'
      if (event.event === 'hashing') bar.update('hashing', event.done, event.total, 'bytes')
      if (event.event === 'progress')
        bar.update(phaseTitle[event.phase], event.done, event.total, unitOf(event.phase, row))
      if (event.event === 'done') bar.clear()
    },
    close: () => bar.clear(),
  }
}

/** Milliseconds between two plain lines of one phase. */
const lineIntervalMs = 5000

function createLineReport(): Report {
  let title = ''
  let started = 0
  let last = 0
  return {
    onEvent(event) {
      for (const line of announce(event)) printLine(line)
      if (event.event !== 'progress' && event.event !== 'hashing') return
      const now = performance.now()
      const named = event.event === 'hashing' ? 'hashing' : phaseTitle[event.phase]
      if (named !== title) {
        title = named
        started = now
        last = now
        return
      }
      if (now - last < lineIntervalMs || event.done === 0) return
      last = now
      const left = ((now - started) / 1000 / event.done) * (event.total - event.done)
      const percent = Math.floor((event.done / event.total) * 100)
      printLine(`${title} ${percent} %, ${formatSeconds(left)} left`)
    },
    close: () => {},
  }
}

/** What the rows of a run are. */
type Row = NonNullable<Extract<RunEvent, { readonly event: 'tokenized' }>['size']['per']> | 'window'

function unitOf(phase: keyof typeof phaseTitle, row: Row): 'bytes' | 'windows' | 'documents' {
  return phase === 'tokenize' ? 'bytes' : `${row}s`
}
