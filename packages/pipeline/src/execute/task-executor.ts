import { planName, type DatasetStorage } from '@sluice/dataset'
import { openRunStorage } from '../folder/run-storage.ts'
import { SmallFileReader } from '@sluice/corpus'
import { BlockEncoder, type Encoding } from '@sluice/tokenizer'
import { defaultProvider } from '../plan/default-provider.ts'
import type { RunProvider } from '../plan/run-provider.ts'
import { runLimits } from '../plan/run-limits.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import { allowedSpecialOf } from '../sources/read-options.ts'
import { openPlannedSources } from '../sources/planned-sources.ts'
import type { RunScope } from '../sources/run-scope.ts'
import type { SourceAccess } from '../sources/source-access.ts'
import { makeTables } from '../tables/make-tables.ts'
import type { TaskControl } from '../task/task-control.ts'
import type { Task } from '../task/task.ts'
import { openTokenizer } from '../tokenizer/run-tokenizer.ts'
import { readTokenizerCopy } from '../tokenizer/tokenizer-copy.ts'
import { createTokenBuffer, idByteLengthOf } from '../tokens/token-file.ts'
import { tokenizeSegment, type TokenizeThread } from '../tokens/tokenize-segment.ts'
import { openParts } from '../parts/open-parts.ts'
import type { PartMemory, PartsMaker } from '../parts/part-kind.ts'
import type { SharedVectors } from '../parts/shared-vectors.ts'
import type { TaskOutcome } from './task-receipt.ts'

/** Where and for which run an executor works. Plain data: it crosses to worker threads. */
export interface ExecutorOptions {
  /** The run's folder. */
  readonly path: string
  readonly run: PlannedRun
  /** How the sources are reached. @default copies of them are in the run's folder */
  readonly access?: SourceAccess
  /** What looks embeddings up; every provider gives the same bits. @default as `defaultProvider` says */
  readonly provider?: RunProvider
  /** Memory of the vectors' tables that the threads of a process share. @default each has its own */
  readonly shared?: SharedVectors
  /** A thread beside each that does tasks hashes what is written: there are processors for it. @default false */
  readonly hashBeside?: boolean
}

/** What the thread of an executor has already. */
export interface ExecutorResources {
  /** The run's tokenizer. @default it is loaded */
  readonly encoding?: Encoding | Promise<Encoding> | undefined
  /** The storage of the run's folder. @default it is opened */
  readonly storage?: DatasetStorage | undefined
}

/** How one task is watched and stopped: `TaskControl` without what only a runner needs. */
export type ExecuteControl = Omit<TaskControl, 'onWritten'> & Partial<Pick<TaskControl, 'onWritten'>>

/**
 * Does tasks of one run on the calling thread: one at a time, but for what waits for the disk. Publishing is done beside the next
 * task, and a part beside a segment: while the disk takes what was made of the part, the segment is tokenized. Keeps between tasks
 * what is expensive to create: the tokenizer's cache, the mapped tables, the buffers.
 */
export class TaskExecutor {
  readonly #run: Omit<RunScope, 'plannedMs'>
  #plannedMs: number | undefined
  readonly #provider: RunProvider
  readonly #shared: SharedVectors | undefined
  readonly #loaded: Encoding | Promise<Encoding> | undefined
  #encoding: Promise<Encoding> | undefined
  #tokenize: TokenizeThread | undefined
  readonly #partMemory: PartMemory = {}
  #parts: { readonly maker: PartsMaker; readonly index: string } | undefined
  /** Settles when the task at work has only its publishing left: one that makes a part, and one of the others. */
  readonly #turns = { part: Promise.resolve(), other: Promise.resolve() }

  constructor(options: ExecutorOptions, { encoding, storage }: ExecutorResources = {}) {
    const { path, run, access = { path }, provider = defaultProvider(run.plan) } = options
    const opened = storage ?? openRunStorage(path, access.dataRoot, options.hashBeside)
    const sources = openPlannedSources(opened, run.plan.sources)
    this.#run = { ...run, storage: opened, access, sources }
    this.#provider = provider
    this.#shared = options.shared
    this.#loaded = encoding
  }

  /** The execution provider that embeds; undefined until a part was made. */
  get provider(): string | undefined {
    return this.#parts?.maker.provider
  }

  /**
   * Does one task, or finds that it is done.
   *
   * @returns what its receipt says
   * @throws RunError, CorpusError, DatasetError, EmbeddingError
   */
  async execute(task: Task, { signal, onProgress, onWritten }: ExecuteControl): Promise<TaskOutcome> {
    const kind = task.kind === 'embed' ? 'part' : 'other'
    const before = this.#turns[kind]
    const { promise, resolve } = Promise.withResolvers<void>()
    const control = {
      signal,
      onProgress,
      onWritten(): void {
        resolve()
        onWritten?.()
      },
    }
    this.#turns[kind] = promise
    await before
    try {
      signal.throwIfAborted()
      return await this.#do(task, control)
    } finally {
      control.onWritten()
    }
  }

  async #do(task: Task, control: TaskControl): Promise<TaskOutcome> {
    // A plan that is not there has no time: every source is compared.
    this.#plannedMs ??= (await this.#run.storage.stat(planName))?.modifiedMs ?? 0
    const run = { ...this.#run, plannedMs: this.#plannedMs }
    switch (task.kind) {
      case 'tokenize':
        return tokenizeSegment(task, {
          run,
          thread: await this.#openTokenize(),
          control,
          hold: task.hold ?? false,
        })
      case 'tables':
        // Their size is the vocabulary's: a plan that says another one than its tokenizer has makes none.
        await this.#openEncoding()
        await makeTables(run)
        control.onProgress(1)
        return { tokens: 0, byteLength: 0 }
      case 'embed':
        return (await this.#openParts(task.index)).make(task, { run, control })
    }
  }

  /** Frees the tables and files. Not to be called while a task is under way. */
  async close(): Promise<void> {
    await this.#parts?.maker.close()
    this.#parts = undefined
  }

  async #openEncoding(): Promise<Encoding> {
    this.#encoding ??= openTokenizer(this.#run.plan.tokenizer, {
      loaded: this.#loaded,
      readFile: () => readTokenizerCopy(this.#run.storage, this.#run.plan.tokenizer),
    })
    try {
      return await this.#encoding
    } catch (error) {
      // The next attempt loads it again.
      this.#encoding = undefined
      throw error
    }
  }

  async #openTokenize(): Promise<TokenizeThread> {
    if (this.#tokenize !== undefined) return this.#tokenize
    const encoding = await this.#openEncoding()
    const allowedSpecial = allowedSpecialOf(this.#run.plan.config, {
      encoding,
      identity: this.#run.plan.tokenizer,
    })
    this.#tokenize = {
      encoding,
      encoder: new BlockEncoder(encoding, {
        allowedSpecial,
        maxPieceBytes: this.#run.plan.config.maxPieceBytes ?? runLimits.pieceBytes.default,
      }),
      files: new SmallFileReader(),
      buffer: createTokenBuffer(idByteLengthOf(encoding.vocabSize), encoding.tokenByteLengths()),
    }
    return this.#tokenize
  }

  async #openParts(index: string): Promise<PartsMaker> {
    if (this.#parts?.index === index) return this.#parts.maker
    await this.close()
    const encoding = await this.#openEncoding()
    const maker = await openParts(this.#run, {
      ...{ index, encoding, provider: this.#provider, shared: this.#shared },
      memory: this.#partMemory,
    })
    this.#parts = { maker, index }
    return maker
  }
}
