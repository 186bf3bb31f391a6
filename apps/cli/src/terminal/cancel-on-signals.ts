import { outputBroken } from './output.ts'

let stoppingSignal: NodeJS.Signals | undefined

/** The signal that stopped the command, if one did. */
export function stoppedBy(): NodeJS.Signals | undefined {
  return stoppingSignal
}

/** How a command learns that it is to stop. */
interface Cancel extends Disposable {
  /** What is under way ends at its next border. */
  readonly signal: AbortSignal
  /** Nothing new is begun. Fires with `signal`, or earlier. */
  readonly stopping: AbortSignal
}

/**
 * Signals that fire at Ctrl-C, SIGTERM, or when standard output breaks; a second Ctrl-C ends the process at once.
 *
 * @param drainMs milliseconds that what is under way has to end by itself
 */
export function cancelOnSignals(drainMs = 0): Cancel {
  const controller = new AbortController()
  const stopping = new AbortController()
  let drain: NodeJS.Timeout | undefined
  const cancel = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) {
      // Not `process.exit`: with a native run in progress in another thread that would abort with a core dump.
      process.off(signal, cancel)
      process.kill(process.pid, signal)
      return
    }
    process.stderr.write('\nstopping; what is finished stays (Ctrl-C again to stop at once)\n')
    stoppingSignal = signal
    stopping.abort()
    if (drainMs === 0) controller.abort()
    else drain = setTimeout(() => controller.abort(), drainMs)
  }
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  return {
    signal: AbortSignal.any([controller.signal, outputBroken]),
    stopping: AbortSignal.any([stopping.signal, outputBroken]),
    [Symbol.dispose]() {
      clearTimeout(drain)
      process.off('SIGINT', cancel)
      process.off('SIGTERM', cancel)
    },
  }
}
