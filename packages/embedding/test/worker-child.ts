import { createHash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { createEmbedder, type Provider } from '@sluice/embedding'

/** Embeds without end, tells the first result, and stops as a worker should: abort, await, close, let the thread end. */
const { directory, provider }: { directory: string; provider: Provider } = workerData
const stop = new AbortController()
parentPort?.once('message', () => stop.abort())

const embedder = await createEmbedder({ directory, provider, runBytes: 1 << 16 })
const inputIds = Int32Array.from({ length: 20_000 }, (_, i) => i % 300)
const output = new Float32Array(20_000 * embedder.embeddingDim)
let told = false
try {
  for (;;) {
    await embedder.embed(inputIds, Int32Array.of(1, 2, 3, 4), output, { signal: stop.signal })
    const hash = createHash('sha256').update(new Uint8Array(output.buffer)).digest('hex')
    if (!told) parentPort?.postMessage(hash)
    told = true
    // A job that never waits would keep the message from being heard.
    await new Promise((resolve) => setImmediate(resolve))
  }
} catch (error) {
  if (!stop.signal.aborted) throw error
} finally {
  await embedder.close()
}
