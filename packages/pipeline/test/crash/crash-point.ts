import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

/** When the process dies: before the call, with half of what it writes or removes done, or after it. */
export const moments = ['before', 'halfway', 'after'] as const
export type Moment = (typeof moments)[number]

const key = 'calls that write'

/**
 * Calls of this process that wrote so far, on all threads; the call to die at (0: none); and the index of the moment. Threads
 * inherit it when they start.
 */
export function sharedPoint(): Int32Array {
  const known: unknown = getEnvironmentData(key)
  if (known instanceof Int32Array) return known
  const point = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT))
  setEnvironmentData(key, point)
  return point
}
