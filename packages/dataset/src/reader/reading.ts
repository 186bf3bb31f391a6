import { DatasetError } from '../errors.ts'
import type { ReadHandle } from '../storage/storage.ts'

/** One range to fetch: `target` is to be filled from `position` on. */
interface ReadRequest {
  readonly handle: ReadHandle
  readonly target: Uint8Array
  readonly position: number
}

/**
 * Reading written once for both ways of waiting: it yields the ranges it needs next and computes in between.
 * {@link runReading} fetches those of one step side by side, {@link runReadingSync} on the calling thread.
 */
export type Reading<T> = Generator<readonly ReadRequest[], T, void>

/** Carries a reading out, waiting for each range. */
export async function runReading<T>(reading: Reading<T>): Promise<T> {
  for (;;) {
    const step = reading.next()
    if (step.done === true) return step.value
    await Promise.all(step.value.map(({ handle, target, position }) => handle.read(target, position)))
  }
}

/** Carries a reading out without leaving the thread. */
export function runReadingSync<T>(reading: Reading<T>): T {
  for (;;) {
    const step = reading.next()
    if (step.done === true) return step.value
    for (const { handle, target, position } of step.value) {
      if (handle.readSync === undefined) {
        throw new DatasetError(
          'invalid-argument',
          'This storage cannot be read synchronously; use the asynchronous call',
        )
      }
      handle.readSync(target, position)
    }
  }
}
