import { folderStorage, type DatasetStorage } from '@sluice/dataset'
import { createEmbedder, type Embedder } from '@sluice/embedding'
import { getEncoding, type Encoding } from '@sluice/tokenizer'
import { join } from 'node:path'
import { RunError } from './errors.ts'
import { runNames } from './names.ts'
import { embedPart } from './parts/embed-part.ts'
import { allocatePartBuffers, type PartBuffers } from './parts/part-buffers.ts'
import { planIdOf, type Plan } from './plan.ts'
import { makeTables } from './tables/make-tables.ts'
import type { SourceAccess } from './source-access.ts'
import type { Task } from './task.ts'
import { readTokenIndex } from './tokens/token-index-file.ts'
import { tokenByteLengthsOf } from './tokens/token-byte-lengths.ts'
import type { PlaceRules } from './tokens/token-places.ts'
import { TokenReader } from './tokens/token-stream.ts'
import { tokenizeSegment } from './tokens/tokenize-segment.ts'

/** How a task is watched and stopped. */
export interface TaskControl {
  readonly signal: AbortSignal
  /** Told of work done since the last call: bytes of the source, tables, or windows. */
  readonly onProgress: (amount: number) => void
}

/** Where and for which plan an executor works. Plain data: it crosses to worker threads. */
export interface ExecutorOptions {
  /** The run's folder. */
  readonly path: string
  readonly plan: Plan
  /** Folders that the sources are confined to. @default none: a name is whatever this process may read */
  readonly roots?: readonly string[]
}

/**
 * Does tasks of one plan, one at a time, on the calling thread. It keeps between tasks what is dear to make: the
 * tokenizer's cache, the mapped tables, the buffers.
 */
export class TaskExecutor {
  readonly #path: string
  readonly #plan: Plan
  readonly #planId: string
  readonly #storage: DatasetStorage
  readonly #access: SourceAccess
  #encoding: Encoding | undefined
  #parts: PartMaker | undefined

  constructor({ path, plan, roots }: ExecutorOptions) {
    this.#path = path
    this.#plan = plan
    this.#planId = planIdOf(plan)
    this.#storage = folderStorage(path)
    this.#access = { path, ...(roots && { roots }) }
  }

  /** The execution provider that embeds; undefined until a part was made. */
  get provider(): string | undefined {
    return this.#parts?.embedder?.provider
  }

  /**
   * Does one task, or finds that it is done.
   *
   * @throws RunError, CorpusError, DatasetError, EmbeddingError
   */
  async execute(task: Task, { signal, onProgress }: TaskControl): Promise<void> {
    const shared = { storage: this.#storage, plan: this.#plan, planId: this.#planId, signal }
    switch (task.kind) {
      case 'tokenize':
        await tokenizeSegment(task, {
          ...shared,
          encoding: await this.#getEncoding(),
          access: this.#access,
          onBytes: onProgress,
        })
        return
      case 'tables':
        await makeTables({ ...shared, path: this.#path })
        onProgress(1)
        return
      case 'embed': {
        const parts = await this.#getParts(task.index)
        await embedPart(task, { ...shared, ...parts, onWindows: onProgress })
      }
    }
  }

  /** Frees the tables and files. Not to be called while a task is under way. */
  async close(): Promise<void> {
    await this.#parts?.embedder?.close()
    await this.#parts?.tokens[Symbol.asyncDispose]()
    this.#parts = undefined
  }

  async #getEncoding(): Promise<Encoding> {
    const { name, sha256 } = this.#plan.tokenizer
    this.#encoding ??= await getEncoding(this.#plan.config.encoding)
    if (this.#encoding.sha256 !== sha256) {
      throw new RunError(
        'other-tokenizer',
        `The plan's tokenizer ${name} is ${sha256}, this program's is ${this.#encoding.sha256}; use the version of Sluice that made the plan`,
      )
    }
    return this.#encoding
  }

  async #getParts(indexName: string): Promise<PartMaker> {
    if (this.#parts?.indexName === indexName) return this.#parts
    await this.close()
    const plan = this.#plan
    const index = await readTokenIndex(this.#storage, indexName, plan)
    const full = plan.layout.embedding === 'full'
    this.#parts = {
      indexName,
      tokens: new TokenReader(this.#storage, index),
      rules: {
        separator: plan.config.separator,
        tokenByteLengths: tokenByteLengthsOf(await this.#getEncoding()),
        positionsAreBytes: plan.sources.map(({ format }) => format === 'txt'),
      },
      embedder: full ? await createEmbedder({ directory: join(this.#path, runNames.tables) }) : undefined,
      buffers: allocatePartBuffers(plan),
    }
    return this.#parts
  }
}

interface PartMaker {
  readonly indexName: string
  readonly tokens: TokenReader
  readonly rules: PlaceRules
  readonly embedder: Embedder | undefined
  readonly buffers: PartBuffers
}
