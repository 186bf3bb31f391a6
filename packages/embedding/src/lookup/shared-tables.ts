import { EmbeddingError } from '../errors.ts'
import { headerBytes, RowMemory } from '../wasm/row-memory.ts'
import { createSharedMemory, type SharedMemory } from '../wasm/shared-memory.ts'

/** Memory for the tables of the `wasm` provider: it may be handed to another thread, so that all share one copy. */
export interface SharedTables {
  readonly memory: SharedMemory
}

/** What threads have beside the tables: each a few hundred kilobytes. Nothing is used before it is written. */
const roomForThreads = 256 << 20

/** Where the tables begin: first tokens, then positions. */
export const tablesAt = headerBytes

/** Word of the memory that says how far the tables are. */
const stateWord = 2
const [missing, loading, ready] = [0, 1, 2] as const

/** A thread that has not read the tables by then may have died: another one reads them too, which gives the same bytes. */
const patienceMs = 10_000

/**
 * Memory for tables of float32 values, to be handed to the threads that look up in them.
 *
 * @param byteLength - of both tables together
 * @returns undefined where no memory can be that large
 */
export function shareTables(byteLength: number): SharedTables | undefined {
  try {
    const memory = createSharedMemory(byteLength + roomForThreads)
    return new RowMemory(memory).take(byteLength) === tablesAt ? { memory } : undefined
  } catch {
    return undefined
  }
}

/** Has the tables read once: by the first thread that asks, while the others wait. */
export async function readOnce({ memory }: SharedTables, read: () => Promise<void>): Promise<void> {
  const state = new Int32Array(memory.buffer)
  for (let attempt = 0; ; attempt++) {
    const before = Atomics.compareExchange(state, stateWord, missing, loading)
    if (before === ready) return
    if (before === missing || attempt > 0) {
      try {
        await read()
        Atomics.store(state, stateWord, ready)
        return
      } catch (error) {
        Atomics.compareExchange(state, stateWord, loading, missing)
        throw error
      } finally {
        Atomics.notify(state, stateWord)
      }
    }
    await Atomics.waitAsync(state, stateWord, loading, patienceMs).value
  }
}

/** @throws EmbeddingError `provider-unavailable` where there is no memory for tables of that size */
export function noMemoryFor(byteLength: number): EmbeddingError {
  return new EmbeddingError(
    'provider-unavailable',
    `wasm: no memory for tables of ${byteLength} bytes; use provider cpu`,
  )
}
