import { styleText } from 'node:util'
import { createLogUpdate } from 'log-update'
import { formatBytes, formatCount, formatSeconds } from './units.ts'

/** What a bar counts. */
type Unit = 'bytes' | 'windows' | 'documents' | 'parts'

export interface ProgressBar {
  /** Redraws the bar, at most every {@link intervalMs}; a new title starts a new clock. */
  update(title: string, done: number, total: number, unit: Unit): void
  /** Words in place of a bar, for what has no measure. */
  note(line: string): void
  /** A line that stays, above the bar. */
  print(line: string): void
  clear(): void
}

const intervalMs = 80
const width = 28

/** A bar with rate and time left, redrawn in place. Colours follow `NO_COLOR` and `FORCE_COLOR`. */
export function createProgressBar(stream: NodeJS.WriteStream): ProgressBar {
  const draw = createLogUpdate(stream)
  let title = ''
  let started = 0
  let drawn = 0
  return {
    update(nextTitle, done, total, unit) {
      const now = performance.now()
      if (nextTitle !== title) {
        title = nextTitle
        started = now
        drawn = 0
      }
      if (now - drawn < intervalMs && done < total) return
      drawn = now
      draw(renderBar({ title, done, total, unit, seconds: (now - started) / 1000 }, stream))
    },
    note: draw,
    print(line) {
      draw.clear()
      stream.write(`${line}\n`)
    },
    clear() {
      draw.clear()
      draw.done()
    },
  }
}

/** How far a phase is. */
interface Progress {
  readonly title: string
  readonly done: number
  readonly total: number
  readonly unit: Unit
  /** Since the phase began. */
  readonly seconds: number
}

function renderBar({ title, done, total, unit, seconds }: Progress, stream: NodeJS.WriteStream): string {
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const bar = renderShare(share, stream)
  const rate = seconds > 0 ? done / seconds : 0
  const speed = unit === 'bytes' ? `${formatBytes(rate)}/s` : `${formatCount(Math.round(rate))} ${unit}/s`
  const left = rate > 0 ? formatSeconds((total - done) / rate) : '?'
  return `${title.padEnd(14)} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${speed}  ${left} left`
}

/** `████░░░░`: a share from 0 to 1. */
export function renderShare(share: number, stream: NodeJS.WriteStream): string {
  const full = Math.round(share * width)
  return (
    styleText('cyan', '█'.repeat(full), { stream }) + styleText('dim', '░'.repeat(width - full), { stream })
  )
}
