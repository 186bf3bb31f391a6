import type { IdentifySmallOptions, SmallFileIdentities } from '@sluice/corpus'
import { unpackError } from '@sluice/errors'
import module from 'node:module'
import { Worker, type ResourceLimits } from 'node:worker_threads'
import type { ExecuteControl, ExecutorOptions } from '../execute/task-executor.ts'
import type { TaskOutcome } from '../execute/task-receipt.ts'
import type { Task } from '../task/task.ts'
import { takeFree } from '../tokens/held-memory.ts'
import type { NamedTokenizer } from '../tokenizer/run-tokenizer.ts'
import type { FromThread, ThreadStart, ToThread } from './thread-messages.ts'

/** From source a thread's file is TypeScript, as built it is JavaScript. */
const fromSource = import.meta.url.endsWith('.ts')
const entry = new URL(fromSource ? './task-thread.ts' : './task-thread.js', import.meta.url)
const sourceCondition = '--conditions=@sluice/source'

/**
 * V8 lets a heap grow until its limits tell it to clean up: by default up to gigabytes and 100 MB of young objects a thread.
 * A task needs a few tens of megabytes; twice the longest line that is read, 64 MiB, as UTF-16 fits as well.
 */
const thrift: ResourceLimits = { maxYoungGenerationSizeMb: 12, maxOldGenerationSizeMb: 1024 }

/**
 * One worker thread that does tasks, one at a time, and publishes one while it does the next. A thread that dies is replaced
 * when the next task comes.
 */
export class TaskThread {
  provider: string | undefined
  readonly #limits: ResourceLimits
  #options: ExecutorOptions | undefined
  #worker: Worker | undefined
  #asked = 0

  /** @param limits - of the thread's JavaScript heap; a task that needs more fails, and the process lives on */
  constructor(limits: ResourceLimits = {}) {
    this.#limits = limits
  }

  /** Starts the thread and loads a tokenizer there, before it is known what the tasks are. */
  prepare({ encoding, tokenizer, model = null }: NamedTokenizer): void {
    tell((this.#worker ??= this.#start()), { prepare: { encoding, tokenizer, model } })
  }

  /** Says which run the tasks to come are of. */
  assign(options: ExecutorOptions): void {
    this.#options = options
    if (this.#worker !== undefined) tell(this.#worker, { assign: options })
  }

  /** `identifySmallFiles` on the thread, between its tasks. */
  async identify(paths: readonly string[], how: IdentifySmallOptions): Promise<SmallFileIdentities> {
    const { promise, resolve, reject } = Promise.withResolvers<SmallFileIdentities>()
    const request = this.#ask(reject, (message) => {
      if (message.kind === 'identified') resolve(message.identities)
    })
    try {
      tell(request.worker, { identify: paths, how, number: request.number })
      return await promise
    } finally {
      request.end()
    }
  }

  /**
   * Does one task of the run that was assigned.
   *
   * @returns what its receipt says
   * @throws what the task threw, or an Error when the thread died
   */
  async execute(task: Task, { signal, onProgress, onWritten }: ExecuteControl): Promise<TaskOutcome> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<TaskOutcome>()
    const { worker, number, end } = this.#ask(reject, (message) => {
      if (message.kind === 'progress') onProgress(message.amount)
      else if (message.kind === 'written') onWritten?.()
      else if (message.kind === 'done') {
        this.provider = message.provider ?? this.provider
        resolve(message.outcome)
      }
    })
    // Stops at the next border, never inside the graph: ending a thread there would end the process.
    const onAbort = (): void => tell(worker, { stop: number })
    signal.addEventListener('abort', onAbort)
    try {
      const memory = task.kind === 'tokenize' && task.hold === true ? takeFree() : undefined
      tell(worker, { do: task, number, ...(memory && { memory }) })
      return await promise
    } finally {
      signal.removeEventListener('abort', onAbort)
      end()
    }
  }

  /** Listens to what the thread says of one thing that it is about to be told. */
  #ask(
    onFailure: (error: unknown) => void,
    onAnswer: (message: FromThread) => void,
  ): { readonly worker: Worker; readonly number: number; readonly end: () => void } {
    const worker = (this.#worker ??= this.#start())
    const number = ++this.#asked
    const onMessage = (message: FromThread): void => {
      if (message.number !== number) return
      if (message.kind === 'failed') onFailure(unpackError(message.error))
      else onAnswer(message)
    }
    const onDeath = (cause: unknown): void => {
      this.#worker = undefined
      onFailure(
        cause instanceof Error ? cause : new Error(`The thread ended with exit code ${String(cause)}`),
      )
    }
    worker.on('message', onMessage).on('error', onDeath).on('exit', onDeath)
    const end = (): void => {
      worker.off('message', onMessage).off('error', onDeath).off('exit', onDeath)
    }
    return { worker, number, end }
  }

  /** Ends the thread after its task. */
  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    this.#worker = undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    worker.once('exit', () => resolve())
    tell(worker, { close: true })
    await promise
  }

  #start(): Worker {
    const inherited = process.execArgv.includes(sourceCondition)
    // ONNX Runtime's telemetry is turned off where it is loaded, which a thread can do only for itself: see `@sluice/embedding`.
    process.env['ORT_DISABLE_TELEMETRY'] ??= '1'
    const start: ThreadStart = { compileCache: module.getCompileCacheDir() }
    const worker = new Worker(entry, {
      workerData: start,
      resourceLimits: { ...thrift, ...this.#limits },
      ...(fromSource && !inherited ? { execArgv: [...process.execArgv, sourceCondition] } : {}),
    })
    // A thread that dies between two tasks is noticed by the next one.
    worker.on('error', () => {
      if (this.#worker === worker) this.#worker = undefined
    })
    if (this.#options !== undefined) tell(worker, { assign: this.#options })
    return worker
  }
}

function tell(worker: Worker, message: ToThread): void {
  worker.postMessage(message)
}
