import { setTimeout as delay } from 'node:timers/promises'
import type { RunClient, RunView, TaskCounts } from '@sluice/queue'
import { createLogUpdate } from 'log-update'
import { CommandError } from '../errors.ts'
import { jsonLine } from '../terminal/escape.ts'
import { print } from '../terminal/output.ts'
import { describeRun, progressLine } from '../terminal/run-line.ts'

/** How a run is watched. */
export interface WatchOptions {
  readonly json: boolean
  readonly quiet: boolean
  readonly signal: AbortSignal
}

const pollMs = 500
/** Milliseconds between two plain lines where there is no terminal. */
const lineMs = 5000

/**
 * Shows a run until it is over. Polls the run itself: the queue's events may be missed.
 *
 * @throws CommandError `run-failed` for one that failed or was cancelled, `aborted` at Ctrl-C (the run continues)
 */
export async function watchRun(client: RunClient, runId: string, options: WatchOptions): Promise<void> {
  const show = showerOf(options)
  try {
    for (;;) {
      if (options.signal.aborted) {
        throw new CommandError('aborted', `no longer watching; the run continues: sluice watch ${runId}`)
      }
      const [view, counts] = await Promise.all([client.status(runId), client.counts()])
      show.update(view, counts)
      if (view.state === 'done') break
      if (view.state === 'failed' || view.state === 'cancelled') {
        throw new CommandError('run-failed', `${runId} ${describeEnd(view)}`)
      }
      await delay(pollMs, undefined, { signal: options.signal }).catch(() => {})
    }
  } finally {
    show.close()
  }
  if (!options.json && !options.quiet) print(...describeRun(await client.status(runId)))
}

function describeEnd({ state, reason }: RunView): string {
  return state === 'cancelled' ? 'was cancelled' : `failed: ${reason ?? 'for a reason that is not known'}`
}

interface Shower {
  update(view: RunView, counts: TaskCounts): void
  close(): void
}

function showerOf({ json, quiet }: WatchOptions): Shower {
  if (json) return jsonShower()
  if (quiet) return { update: () => {}, close: () => {} }
  return process.stderr.isTTY ? barShower() : lineShower()
}

function jsonShower(): Shower {
  let last = ''
  return {
    update(view, counts) {
      const line = jsonLine({ event: 'run', ...view, tasks: counts })
      if (line !== last) process.stdout.write(`${line}\n`)
      last = line
    },
    close: () => {},
  }
}

function barShower(): Shower {
  const draw = createLogUpdate(process.stderr)
  return {
    update: (view, counts) => draw(progressLine(view, counts, Date.now(), process.stderr)),
    close() {
      draw.clear()
      draw.done()
    },
  }
}

function lineShower(): Shower {
  let shown = -Infinity
  return {
    update(view, counts) {
      const now = performance.now()
      if (now - shown < lineMs) return
      shown = now
      process.stderr.write(`${progressLine(view, counts, Date.now(), process.stderr)}\n`)
    },
    close: () => {},
  }
}
