import { folderStorage, type DatasetStorage } from '@sluice/dataset'
import { createEmbedder, type Embedder } from '@sluice/embedding'
import { BlockEncoder, getEncoding, type Encoding } from '@sluice/tokenizer'
import { join } from 'node:path'
import { defaultProvider } from '../plan/default-provider.ts'
import type { RunProvider } from '../plan/run-provider.ts'
import { RunError } from '../errors.ts'
import { runNames } from '../folder/names.ts'
import { embedPart } from '../parts/embed-part.ts'
import { allocatePartBuffers, type PartBuffers } from '../parts/part-buffers.ts'
import { planIdOf, positionsAreBytes, type Plan } from '../plan/plan.ts'
import { makeTables } from '../tables/make-tables.ts'
import type { SourceAccess } from '../sources/source-access.ts'
import type { Task } from '../task/task.ts'
import type { TaskOutcome } from './task-receipt.ts'
import { allowedSpecialOf } from '../sources/read-options.ts'
import { readTokenIndex } from '../tokens/token-index-file.ts'
import { TokenPlacer } from '../tokens/token-places.ts'
import { TokenReader } from '../tokens/token-stream.ts'
import { tokenizeSegment } from '../tokens/tokenize-segment.ts'
import { createLocator } from '../windows/locate-windows.ts'
import type { WindowLocator } from '../windows/piece.ts'
import { PackedWindows } from '../windows/packing.ts'
import { openOrder, type RowOrder } from '../windows/row-order.ts'
import { indexWindows } from '../windows/window-index.ts'

/** How a task is watched and stopped. */
export interface TaskControl {
  readonly signal: AbortSignal
  /** Told of work done since the last call: bytes of the source, tables, or windows. */
  readonly onProgress: (amount: number) => void
  /** Told when the next task may come: only the publishing is left. */
  readonly onWritten?: () => void
}

/** Where and for which plan an executor works. Plain data: it crosses to worker threads. */
export interface ExecutorOptions {
  /** The run's folder. */
  readonly path: string
  readonly plan: Plan
  /** How the sources are reached. @default copies of them are in the run's folder */
  readonly access?: SourceAccess
  /** What looks embeddings up; every provider gives the same bits. @default as {@link defaultProvider} says */
  readonly provider?: RunProvider
}

/**
 * Does tasks of one plan on the calling thread: one at a time, but for the publishing, which waits for the disk and is done
 * beside the next task. It keeps between tasks what is dear to make: the tokenizer's cache, the mapped tables, the buffers.
 */
export class TaskExecutor {
  readonly #path: string
  readonly #access: SourceAccess
  readonly #provider: RunProvider
  readonly #plan: Plan
  readonly #planId: string
  readonly #storage: DatasetStorage
  #encoding: Encoding | Promise<Encoding> | undefined
  #encoder: BlockEncoder | undefined
  #tokenByteLengths: Uint16Array | undefined
  #parts: PartMaker | undefined
  /** Settles when the task at work has only its publishing left. */
  #turn: Promise<void> = Promise.resolve()

  /** @param encoding the plan's tokenizer, where this thread has it already. @default it is loaded */
  constructor(
    { path, plan, access = { path }, provider = defaultProvider(plan) }: ExecutorOptions,
    encoding?: Encoding | Promise<Encoding>,
  ) {
    this.#encoding = encoding
    this.#provider = provider
    this.#path = path
    this.#access = access
    this.#plan = plan
    this.#planId = planIdOf(plan)
    this.#storage = folderStorage(path)
  }

  /** The execution provider that embeds; undefined until a part was made. */
  get provider(): string | undefined {
    return this.#parts?.embedder?.provider
  }

  /**
   * Does one task, or finds that it is done.
   *
   * @returns what its receipt says
   * @throws RunError, CorpusError, DatasetError, EmbeddingError
   */
  async execute(task: Task, control: TaskControl): Promise<TaskOutcome> {
    const before = this.#turn
    const { promise, resolve } = Promise.withResolvers<void>()
    const onWritten = (): void => {
      resolve()
      control.onWritten?.()
    }
    this.#turn = promise
    await before
    try {
      control.signal.throwIfAborted()
      return await this.#do(task, control, onWritten)
    } finally {
      onWritten()
    }
  }

  /** @param onWritten is told when all that is left to do is to publish what was written */
  async #do(task: Task, { signal, onProgress }: TaskControl, onWritten: () => void): Promise<TaskOutcome> {
    const run = { storage: this.#storage, plan: this.#plan, planId: this.#planId }
    const shared = { ...run, signal, onWritten }
    switch (task.kind) {
      case 'tokenize': {
        const encoding = await this.#getEncoding()
        const allowedSpecial = allowedSpecialOf(this.#plan.config, encoding)
        this.#encoder ??= new BlockEncoder(encoding, { allowedSpecial })
        return tokenizeSegment(task, {
          ...shared,
          encoding,
          encoder: this.#encoder,
          tokenByteLengths: this.#getByteLengths(encoding),
          access: this.#access,
          onBytes: onProgress,
        })
      }
      case 'tables':
        await makeTables({ ...shared, path: this.#path })
        onProgress(1)
        return { tokens: 0, byteLength: 0 }
      case 'embed': {
        const parts = await this.#getParts(task.index)
        return embedPart(task, { ...shared, ...parts, onWindows: onProgress })
      }
    }
  }

  /** Frees the tables and files. Not to be called while a task is under way. */
  async close(): Promise<void> {
    await this.#parts?.embedder?.close()
    await this.#parts?.tokens[Symbol.asyncDispose]()
    await this.#parts?.order?.close()
    await this.#parts?.packed?.close()
    this.#parts = undefined
  }

  async #getEncoding(): Promise<Encoding> {
    const { name, sha256 } = this.#plan.tokenizer
    this.#encoding ??= getEncoding(this.#plan.config.encoding)
    let encoding: Encoding
    try {
      encoding = await this.#encoding
    } catch (error) {
      // The next attempt loads it again.
      this.#encoding = undefined
      throw error
    }
    if (encoding.sha256 !== sha256) {
      throw new RunError(
        'other-tokenizer',
        `The plan's tokenizer ${name} is ${sha256}, this program's is ${encoding.sha256}; use the version of Sluice that made the plan`,
      )
    }
    return encoding
  }

  #getByteLengths(encoding: Encoding): Uint16Array {
    this.#tokenByteLengths ??= encoding.tokenByteLengths()
    return this.#tokenByteLengths
  }

  async #getParts(indexName: string): Promise<PartMaker> {
    if (this.#parts?.indexName === indexName) return this.#parts
    await this.close()
    const plan = this.#plan
    const index = await readTokenIndex(this.#storage, indexName, plan)
    const full = plan.layout.embedding === 'full'
    const cut = indexWindows(index, plan.config)
    const packed =
      plan.config.packing === 'none' ? undefined : await PackedWindows.open(this.#storage, indexName)
    const windows = packed?.count ?? cut.windows
    const tokens = new TokenReader(this.#storage, index)
    const { separator, shuffle } = plan.config
    const placer = new TokenPlacer(tokens, {
      separator,
      tokenByteLengths: this.#getByteLengths(await this.#getEncoding()),
      positionsAreBytes: plan.sources.map((_, source) => positionsAreBytes(plan, source)),
    })
    this.#parts = {
      indexName,
      tokens,
      placer,
      packed,
      locator: packed ?? createLocator(tokens, cut, plan.config),
      order: shuffle === null ? undefined : await openOrder(this.#storage, windows, shuffle.seed),
      embedder: full
        ? await createEmbedder({ directory: join(this.#path, runNames.tables), provider: this.#provider })
        : undefined,
      buffers: allocatePartBuffers(plan, windows),
    }
    return this.#parts
  }
}

interface PartMaker {
  readonly indexName: string
  readonly tokens: TokenReader
  readonly placer: TokenPlacer
  readonly packed: PackedWindows | undefined
  readonly locator: WindowLocator
  readonly order: RowOrder | undefined
  readonly embedder: Embedder | undefined
  readonly buffers: PartBuffers
}
