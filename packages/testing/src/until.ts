import { setTimeout as delay } from 'node:timers/promises'

/** Waits until something is so. @throws Error that says what was waited for */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  milliseconds: number,
  what: () => string,
): Promise<void> {
  const end = performance.now() + milliseconds
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Waited ${milliseconds} ms for ${what()}`)
    await delay(50)
  }
}
