import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { createEmbeddingTable, type Provider } from '@sluice/embedding'
import { Generator } from '@sluice/torch-random'
import { inFolder } from './in-folder.ts'
import type { Speed } from './result.ts'

/** What a thread is told. */
export interface ThreadJob {
  readonly directory: string
  readonly provider: Provider
  readonly windows: number
  readonly columns: number
  readonly rounds: number
}

const dim = 768

/**
 * Measures several threads, each with an embedder of its own, as a run has them: while one copies on the host, the device works for
 * another.
 */
export async function measureThreads(provider: Provider, quick: boolean): Promise<Speed[]> {
  // One thread of a process has the GPU.
  if (provider === 'webgpu') return []
  const [windows, columns, rounds] = quick ? [2, 128, 2] : [32, 1024, 8]
  const generator = new Generator(123)
  const tokenTable = createEmbeddingTable({ numEmbeddings: 50257, embeddingDim: dim, generator })
  const positionTable = createEmbeddingTable({ numEmbeddings: columns, embeddingDim: dim, generator })
  return inFolder({ tokenTable, positionTable }, async (directory) => {
    const speeds: Speed[] = []
    for (const threads of quick ? [2] : [1, 2, 4, 8]) {
      const job: ThreadJob = { directory, provider, windows, columns, rounds }
      const seconds = await runThreads(threads, job)
      const bytes = threads * rounds * windows * columns * dim * 4
      speeds.push({
        what: `${windows} x ${columns} ids, dim ${dim}, f32 + positions, to the host, ${threads} thread${threads === 1 ? '' : 's'}`,
        gigabytesPerSecond: bytes / seconds / 1e9,
      })
    }
    return speeds
  })
}

/** Seconds from when all threads are ready until all are done. A thread ends by itself: one that is ended inside a run takes the process with it. */
async function runThreads(threads: number, job: ThreadJob): Promise<number> {
  const program = new URL(
    import.meta.filename.endsWith('.ts') ? './embed-thread.ts' : './embed-thread.js',
    import.meta.url,
  )
  const workers = Array.from({ length: threads }, () => new Worker(program, { workerData: job }))
  // One may end before another is done.
  const ended = workers.map((worker) => once(worker, 'exit'))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const start = performance.now()
  const done = workers.map((worker) => once(worker, 'message'))
  for (const worker of workers) worker.postMessage('go')
  await Promise.all(done)
  const seconds = (performance.now() - start) / 1000
  await Promise.all(ended)
  return seconds
}
