/** An `AbortSignal` that fires at Ctrl-C or SIGTERM; a second Ctrl-C ends the process at once. */
export function cancelOnSignals(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const cancel = (): void => {
    if (controller.signal.aborted) process.exit(130)
    process.stderr.write('\nstopping; what is finished stays (Ctrl-C again to stop at once)\n')
    controller.abort()
  }
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', cancel)
      process.off('SIGTERM', cancel)
    },
  }
}
