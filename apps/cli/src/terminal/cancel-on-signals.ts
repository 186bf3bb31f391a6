import { outputBroken } from './output.ts'

/** An `AbortSignal` that fires at Ctrl-C, SIGTERM, or when standard output breaks; a second Ctrl-C ends the process at once. */
export function cancelOnSignals(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const cancel = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      // Not `process.exit`: with a native run in progress in another thread that would abort with a core dump.
      process.off(signal, cancel)
      process.kill(process.pid, signal)
      return
    }
    process.stderr.write('\nstopping; what is finished stays (Ctrl-C again to stop at once)\n')
    controller.abort()
  }
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  return {
    signal: AbortSignal.any([controller.signal, outputBroken]),
    [Symbol.dispose]() {
      process.off('SIGINT', cancel)
      process.off('SIGTERM', cancel)
    },
  }
}
