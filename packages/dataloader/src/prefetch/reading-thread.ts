/** A thread that reads batches ahead: opens the source described to it and answers one request after the other. */
import { packError } from '@sluice/errors'
import { parentPort, workerData } from 'node:worker_threads'
import { allocateBatch, columnsOfFormat } from '../source/batch-memory.ts'
import type { WindowSource } from '../source/window-source.ts'
import { openDescription } from './open-description.ts'
import type { ThreadData, ThreadReply, ThreadRequest } from './messages.ts'

const port = parentPort!
const reply = (message: ThreadReply, transfer: ArrayBuffer[] = []): void =>
  port.postMessage(message, transfer)

async function answer(source: WindowSource, request: ThreadRequest): Promise<void> {
  if (request.kind === 'close') {
    await source[Symbol.asyncDispose]()
    // Nothing keeps the thread then: it ends by itself, as a thread that ran ONNX Runtime must.
    port.close()
    return
  }
  const { id, windows, memory: shared } = request
  const memory = shared ?? allocateBatch(columnsOfFormat(source.format), windows.length)
  await source.gather(windows, memory)
  if (shared !== undefined) reply({ kind: 'read', id, memory: undefined })
  else reply({ kind: 'read', id, memory }, [memory.inputIds.buffer as ArrayBuffer])
}

try {
  const source = await openDescription((workerData as ThreadData).description)
  let last: Promise<void> = Promise.resolve()
  port.on('message', (request: ThreadRequest) => {
    last = last
      .then(() => answer(source, request))
      .catch((error: unknown) => {
        const id = request.kind === 'read' ? request.id : undefined
        reply({ kind: 'failed', id, error: packError(error) })
      })
  })
  reply({ kind: 'ready', format: source.format })
} catch (error) {
  reply({ kind: 'failed', id: undefined, error: packError(error) })
}
