import { isMainThread } from 'node:worker_threads'
import { EmbeddingError } from '../errors.ts'

/** The longest interval of a timer, in milliseconds. */
const longest = 2 ** 31 - 1
const name = '@sluice/embedding webgpu'

/**
 * Does something with the WebGPU device while no other thread of this process does. ONNX Runtime has one device with one command encoder
 * in a process and does not guard it: two threads that run at a time get `CommandEncoder is already finished` (seen in 1.30.0). What a
 * thread does between its runs, such as writing files, goes on beside the runs of others.
 *
 * @throws EmbeddingError `provider-unavailable` in a thread, on a Node without the Web Locks API (before 24.5)
 */
export async function withDevice<T>(work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks
  if (locks !== undefined) {
    // A request that waits does not keep its thread alive.
    const alive = setInterval(() => undefined, longest)
    try {
      return await locks.request(name, work)
    } finally {
      clearInterval(alive)
    }
  }
  if (isMainThread) return work()
  throw new EmbeddingError(
    'provider-unavailable',
    `webgpu in threads needs Node 24.5 or newer, this is ${process.version}; use one thread, or another provider`,
  )
}
