import { setImmediate } from 'node:timers/promises'

/** So long a loop keeps the thread to itself: events wait for it. */
const breathMs = 10

/** Gives a function for a loop of quick steps to call before each: from time to time it lets the events of the process come first. */
export function breaths(): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < breathMs) return
    await setImmediate()
    last = performance.now()
  }
}
