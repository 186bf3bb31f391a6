import { encodeBfloat16, encodeFloat16 } from '@sluice/torch-random'
import type { Dataset } from '@sluice/dataset'
import { createEmbedder, embeddingFileNames, loadTables, tableSha256 } from '@sluice/embedding'
import { dirname, join } from 'node:path'
import { DataLoaderError } from '../errors.ts'
import type { BatchMemory, RowFormat } from './batch-memory.ts'
import type { SourceDescription } from './description.ts'
import { openModelEmbedder, type RowEmbedder } from './model-embedder.ts'
import { openDatasetEmbedder } from './dataset-embedder.ts'
import type { KeptTexts, WindowSource } from './window-source.ts'

/** What turns ids into embeddings, and the type of its results. */
export interface LazyEmbedding {
  readonly embedder: RowEmbedder
  /** Whether closing the source closes the embedder. */
  readonly owned: boolean
  readonly embedsType: RowFormat['embedsType']
}

/** Windows of a source without embeddings, with those that the embedding core makes of their ids. */
export class LazySource implements WindowSource {
  readonly length: number
  readonly format: RowFormat
  readonly #ids: WindowSource
  readonly #embedding: LazyEmbedding
  readonly #describe: () => SourceDescription | undefined
  readonly #positions: Int32Array

  /** @param describe - how another thread makes the same, where it can. */
  constructor(
    ids: WindowSource,
    embedding: LazyEmbedding,
    describe: () => SourceDescription | undefined = () => undefined,
  ) {
    const { embedder, embedsType } = embedding
    this.#ids = ids
    this.#embedding = embedding
    this.#describe = describe
    this.length = ids.length
    this.format = { ...ids.format, dim: embedder.embeddingDim, embedsType }
    const { maxLength } = ids.format
    if (embedder.numPositions > 0 && embedder.numPositions < maxLength) {
      throw new DataLoaderError(
        'mismatch',
        `Expected a position table of at least ${maxLength} rows, got ${embedder.numPositions}`,
      )
    }
    this.#positions = Int32Array.from({ length: embedder.numPositions > 0 ? maxLength : 0 }, (_, i) => i)
  }

  identity(): string {
    return this.#ids.identity()
  }

  async gather(windows: Float64Array, target: BatchMemory): Promise<void> {
    await this.#ids.gather(windows, target)
    const { embedder, embedsType } = this.#embedding
    const { maxLength, dim, positionIds } = this.format
    const tokens = windows.length * maxLength
    const ids = new Int32Array(target.inputIds.subarray(0, tokens))
    const positions =
      positionIds && embedder.numPositions > 0 ? target.positionIds!.slice(0, tokens) : this.#positions
    const embeds = target.inputsEmbeds!
    if (embeds instanceof Float32Array) {
      await embedder.embed(ids, positions, embeds.subarray(0, tokens * dim))
      return
    }
    const sums = new Float32Array(tokens * dim)
    await embedder.embed(ids, positions, sums)
    const round = embedsType === 'f16' ? encodeFloat16 : encodeBfloat16
    round(sums, embeds)
  }

  get keptNames(): readonly string[] {
    return this.#ids.keptNames ?? []
  }

  async readKept(windows: Float64Array, columns: readonly string[]): Promise<KeptTexts> {
    return (await this.#ids.readKept?.(windows, columns)) ?? new Map()
  }

  describe(): SourceDescription | undefined {
    return this.#describe()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ids[Symbol.asyncDispose]()
    if (this.#embedding.owned) await this.#embedding.embedder.close()
  }
}

/**
 * An embedder over the tables, or the model, of a lazy dataset in a folder.
 *
 * @param verify - prove by their hashes that the tables are those the dataset was made with.
 * @throws DataLoaderError `mismatch` where they are not.
 */
export async function openEmbedderOf(dataset: Dataset, verify: boolean): Promise<RowEmbedder> {
  const own = await openDatasetEmbedder(dataset)
  if (own !== undefined) return own
  const ofModel = await openModelEmbedder(dataset, verify)
  if (ofModel !== undefined) return ofModel
  const { identities } = dataset.manifest
  const file = identities.tables[0]?.file
  if (file === undefined) {
    throw new DataLoaderError('mismatch', `${dataset.storage.location} is lazy but names no tables`)
  }
  const path = join(dataset.storage.location, file)
  // They are opened by path: what is no file of the dataset's own, such as a link that leads out, is refused first.
  for (const name of [file, join(dirname(file), embeddingFileNames.graph)])
    await (await dataset.storage.openRead(name)).close()
  if (verify) {
    const { tokenTable, positionTable } = await loadTables(path)
    const found = [tokenTable, positionTable].map((table) => table && tableSha256(table))
    const expected = ['wte.weight', 'wpe.weight'].map(
      (name) => identities.tables.find((table) => table.name === name)?.sha256,
    )
    if (found.join() !== expected.join()) {
      throw new DataLoaderError(
        'mismatch',
        `${path} holds tables with sha256 ${found.join(' and ')}, the manifest names ${expected.join(' and ')}: ` +
          'these are not the tables the dataset was made with',
      )
    }
  }
  return createEmbedder({ directory: dirname(path) })
}
