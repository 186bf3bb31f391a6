import {
  identifySmallFiles,
  SmallFileReader,
  type IdentifySmallOptions,
  type SmallFileIdentities,
} from '@sluice/corpus'
import { setImmediate } from 'node:timers/promises'

/** A thread that identifies files beside the calling one: `identifySmallFiles` there. */
export interface IdentifyingThread {
  identify(paths: readonly string[], options: IdentifySmallOptions): Promise<SmallFileIdentities>
}

/** How identifying is helped, watched and stopped. */
export interface IdentifyOptions {
  readonly threads: readonly IdentifyingThread[]
  readonly signal?: AbortSignal | undefined
  /** Given what files `first` and the next ones are, in any order. */
  readonly onIdentified: (first: number, identities: SmallFileIdentities) => void
}

/** Files that are identified at a time: the calling thread sees to its events after each such batch, some milliseconds. */
const batchFiles = 512

/** Batches that a thread is given at a time: it has the next one while the last is on its way back. */
const batchesAhead = 2

/** Files that are worth the start of a thread. */
const filesPerThread = 8192

/**
 * Milliseconds for a file that are spent waiting for its storage. Such files are better waited for several at a time, which the general
 * way does: they are left to it.
 */
const slowMs = 2

/**
 * Identifies small local files on the calling thread and, as soon as they have started, on others. What is not told of is to be
 * identified the general way.
 */
export async function identifyOnThreads(
  paths: readonly string[],
  how: IdentifySmallOptions,
  { threads, signal, onIdentified }: IdentifyOptions,
): Promise<void> {
  let next = 0
  const take = (): { readonly first: number; readonly batch: readonly string[] } => {
    const first = next
    next = Math.min(paths.length, next + batchFiles)
    return { first, batch: paths.slice(first, next) }
  }
  let isSlow = false
  const here = async (first: number, batch: readonly string[], reader: SmallFileReader): Promise<void> => {
    const started = performance.now()
    onIdentified(first, await identifySmallFiles(reader, batch, how))
    isSlow ||= performance.now() - started > batch.length * slowMs
  }
  const isLeft = (): boolean => next < paths.length && !isSlow && signal?.aborted !== true
  const underWay = new Set<Promise<void>>()
  const help = async (thread: IdentifyingThread): Promise<void> => {
    // An empty batch comes back when the thread has started. Nobody waits for one that is late.
    await thread.identify([], how)
    while (isLeft()) {
      const { first, batch } = take()
      const work = thread
        .identify(batch, how)
        .then((identities) => onIdentified(first, identities))
        // A thread that died may have died of its other work.
        .catch(() => here(first, batch, new SmallFileReader()))
      underWay.add(work)
      await work.finally(() => underWay.delete(work))
    }
  }
  // What a thread left undone is not lost: the batches are waited for, and their failures told, below.
  const helpers = threads.slice(0, Math.floor(paths.length / filesPerThread))
  for (const thread of helpers) for (let k = 0; k < batchesAhead; k++) help(thread).catch(() => {})
  const reader = new SmallFileReader()
  try {
    while (isLeft()) {
      const { first, batch } = take()
      await here(first, batch, reader)
      await setImmediate()
    }
  } finally {
    await Promise.all(underWay)
  }
  signal?.throwIfAborted()
}
