import { isSluiceError, unpackError, type PackedError } from '@sluice/errors'
import { Worker } from 'node:worker_threads'
import { DataLoaderError } from '../errors.ts'
import { OutputRing, type BatchReader } from '../source/batch-reader.ts'
import { columnsOfFormat, type BatchMemory, type RowFormat } from '../source/batch-memory.ts'
import type { SourceDescription } from '../source/description.ts'
import type { ThreadData, ThreadReply, ThreadRequest } from './messages.ts'

/** Settings of a {@link ThreadReader}. */
export interface ThreadSettings {
  readonly numWorkers: number
  readonly prefetchFactor: number
  readonly batchSize: number
  readonly output: readonly BatchMemory[] | undefined
}

/**
 * Reads ahead in threads. Batches are dealt to them in turn and come back in order; `numWorkers · prefetchFactor` are
 * under way at most. Their memory changes hands and is not copied: it is sent over, or shared where the caller gave it.
 */
export class ThreadReader implements BatchReader {
  readonly ahead: number
  readonly #threads: readonly ReadingThread[]
  readonly #output: OutputRing | undefined
  /** Reads of an earlier iteration, which may still write to the caller's memory. */
  #before: Promise<unknown> = Promise.resolve()
  #underWay = new Set<Promise<unknown>>()

  private constructor(threads: readonly ReadingThread[], format: RowFormat, settings: ThreadSettings) {
    this.#threads = threads
    this.ahead = settings.numWorkers * settings.prefetchFactor
    const { output, batchSize } = settings
    this.#output = output && new OutputRing(columnsOfFormat(format), output, batchSize, true)
  }

  /** Starts the threads and waits until they have opened the source. */
  static async start(
    description: SourceDescription,
    format: RowFormat,
    settings: ThreadSettings,
  ): Promise<ThreadReader> {
    const threads = Array.from({ length: settings.numWorkers }, () => new ReadingThread({ description }))
    try {
      const reader = new ThreadReader(threads, format, settings)
      await Promise.all(threads.map(({ ready }) => ready))
      return reader
    } catch (error) {
      await Promise.all(threads.map((thread) => thread.close()))
      throw error
    }
  }

  read(windows: Float64Array, slot: number): Promise<BatchMemory> {
    const thread = this.#threads[slot % this.#threads.length]!
    const memory = this.#output?.take(slot, windows.length)
    const read = this.#before.then(() => thread.read(windows, memory))
    const settled = read.then(
      () => undefined,
      () => undefined,
    )
    this.#underWay.add(settled)
    void settled.then(() => this.#underWay.delete(settled))
    return read
  }

  restart(): void {
    this.#before = Promise.all([...this.#underWay])
  }

  async close(): Promise<void> {
    await Promise.all([...this.#underWay])
    await Promise.all(this.#threads.map((thread) => thread.close()))
  }
}

/** Runs from source and from the build, where the thread's file lies beside this one. */
const fromSource = import.meta.url.endsWith('.ts')
const threadFile = fromSource
  ? new URL('./reading-thread.ts', import.meta.url)
  : new URL('./reading-thread.js', import.meta.url)

interface Waiting {
  readonly resolve: (memory: BatchMemory) => void
  readonly reject: (error: Error) => void
  readonly memory: BatchMemory | undefined
}

class ReadingThread {
  readonly ready: Promise<void>
  readonly #worker: Worker
  readonly #ended: Promise<void>
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 0
  #failure: Error | undefined

  constructor(data: ThreadData) {
    const options = fromSource ? { execArgv: ['--conditions=@sluice/source'] } : {}
    // As for the threads of a run: ONNX Runtime's telemetry is turned off by the thread that starts others.
    process.env['ORT_DISABLE_TELEMETRY'] ??= '1'
    this.#worker = new Worker(threadFile, { workerData: data, ...options })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ready = promise
    promise.catch(() => undefined)
    this.#ended = new Promise((end) => this.#worker.once('exit', () => end()))
    const fail = (error: Error): void => {
      this.#failure ??= error
      reject(error)
      for (const waiting of this.#waiting.values()) waiting.reject(error)
      this.#waiting.clear()
    }
    this.#worker.on('message', (reply: ThreadReply) => {
      if (reply.kind === 'ready') resolve()
      else if (reply.kind === 'failed' && reply.id === undefined) fail(revive(reply.error))
      else this.#settle(reply)
    })
    this.#worker.on('error', (error: Error) => fail(error))
    this.#worker.on('exit', (code) => {
      fail(new DataLoaderError('worker-failed', `A reading thread ended with code ${code}`))
    })
  }

  read(windows: Float64Array, memory: BatchMemory | undefined): Promise<BatchMemory> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const id = this.#nextId++
    const { promise, resolve, reject } = Promise.withResolvers<BatchMemory>()
    if (this.#waiting.size === 0) this.#worker.ref()
    this.#waiting.set(id, { resolve, reject, memory })
    this.#send({ kind: 'read', id, windows, memory })
    return promise
  }

  async close(): Promise<void> {
    this.#worker.ref()
    this.#send({ kind: 'close' })
    await this.#ended
  }

  #send(request: ThreadRequest): void {
    this.#worker.postMessage(request)
  }

  #settle(reply: Exclude<ThreadReply, { kind: 'ready' }>): void {
    const waiting = this.#waiting.get(reply.id!)
    this.#waiting.delete(reply.id!)
    // A thread that has nothing to do does not keep the process.
    if (this.#waiting.size === 0) this.#worker.unref()
    if (waiting === undefined) return
    if (reply.kind === 'failed') waiting.reject(revive(reply.error))
    else waiting.resolve((reply.memory ?? waiting.memory)!)
  }
}

/** Rebuilds the error that a thread met; one that nobody threw on purpose means that the thread is lost. */
function revive(packed: PackedError): Error {
  const error = unpackError(packed)
  if (isSluiceError(error)) return error
  return new DataLoaderError('worker-failed', `${error.name}: ${error.message}`, { cause: error })
}
