/** Opens the device in a thread and posts what came of it. */
import { parentPort, workerData } from 'node:worker_threads'
import { createEmbedder } from '@sluice/embedding'

try {
  const embedder = await createEmbedder({ directory: workerData as string, provider: 'webgpu' })
  await embedder.embed(Int32Array.of(1), Int32Array.of(0), new Float32Array(256))
  await embedder.close()
  parentPort!.postMessage('embedded')
} catch (error) {
  parentPort!.postMessage(String(error))
}
