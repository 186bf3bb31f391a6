import { createHash } from 'node:crypto'
import { EmbeddingError } from '../errors.ts'
import type { GraphTables } from '../onnx/embedding-graph.ts'
import { checkCount } from '../table.ts'
import { checkIds } from './check-ids.ts'
import type { DeviceTensor, Lookup } from './lookup.ts'
import { openFastest, type ProviderReport } from './auto-provider.ts'
import { hasOnnxRuntime } from './onnx-runtime.ts'
import { openProvider } from './open-provider.ts'
import { providers, type Provider } from './provider.ts'
import { runPieces } from './run-pieces.ts'
import type { SharedTables } from './shared-tables.ts'
import { resolveTables, type TableOptions } from './table-source.ts'

/** Settings that do not depend on where the tables are. */
interface EmbedderSettings {
  /** The device to run on; `auto` measures those that start and takes the fastest. @default 'cpu' where onnxruntime-node is installed, else 'wasm' */
  readonly provider?: Provider | 'auto'
  /** Threads of one run of ONNX Runtime; `wasm` has one. @default 1 */
  readonly threads?: number
  /** Bytes of float32 output that ONNX Runtime makes in one run. @default 512 KiB, which stays in the cache; on a GPU 8 MiB */
  readonly runBytes?: number
  /**
   * Memory that embedders of the same tables in other threads are given too: `wasm` then has one copy of them.
   * @default memory of its own
   */
  readonly shared?: SharedTables
}

/** What to look up where. */
export type EmbedderOptions = EmbedderSettings & TableOptions

/** Turns ids into embeddings on one device. */
export interface Embedder {
  /** The execution provider that runs. */
  readonly provider: Provider
  /** With `provider: 'auto'`, what was measured and why the others were not taken; otherwise empty. */
  readonly reports: readonly ProviderReport[]
  /** The identity of the ONNX graph: for a folder of `writeEmbeddingFiles`, that of its `embedding.onnx`. */
  readonly graphSha256: string
  readonly embeddingDim: number
  readonly numEmbeddings: number
  /** Rows of the position table; 0 when no positions are added. */
  readonly numPositions: number
  /**
   * Looks up each token's row, adds its position's row, and writes the sums to `output`.
   *
   * Between runs it yields to the event loop and heeds `signal`. A run itself blocks its thread (for a
   * millisecond or so), and a worker thread must not be terminated inside one: abort, await, {@link close}, then let it end.
   *
   * @param inputIds - `[rows * T]` token ids, row-major; not to be changed before the promise settles.
   * @param positionIds - `[T]` positions for every row alike, or one for each token, `[rows * T]`. Empty when there is
   * no position table.
   * @param output - `[rows * T * embeddingDim]`, owned by the caller, who can use it again and again.
   * @throws EmbeddingError `id-out-of-range`, `shape-mismatch` or `closed`, before anything is written.
   */
  embed(
    inputIds: Int32Array,
    positionIds: Int32Array,
    output: Float32Array,
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>
  /**
   * Looks up and adds like {@link embed}, and rounds the sums to bfloat16, to nearest even.
   *
   * @param output - `[rows * T * embeddingDim]`, the bits; owned by the caller
   * @throws EmbeddingError as {@link embed} does
   */
  embedBfloat16(
    inputIds: Int32Array,
    positionIds: Int32Array,
    output: Uint16Array,
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>
  /**
   * Looks up and adds like {@link embed}, and leaves the vectors where they were made: in the memory of the device. The tensor is one of
   * onnxruntime-node, which any other session of this thread on the same device takes as an input.
   *
   * The run is only begun. Its ids must not change before the promise settles; the caller disposes of the tensor.
   *
   * @param inputIds - `[rows * T]`, as for {@link embed}
   * @param positionIds - `[T]`, the positions of every row, or `[rows * T]`; empty when there is no position table
   * @returns `[rows, T, embeddingDim]` float32 on the device; rows of a half format to which nothing is added stay as they are
   * stored, as int32 words `[rows, T, embeddingDim / 2]`
   * @throws EmbeddingError `provider-unavailable` where the provider cannot keep results (all but `webgpu`),
   * `id-out-of-range`, `shape-mismatch` or `closed`
   */
  embedOnDevice(inputIds: Int32Array, positionIds: Int32Array): Promise<DeviceTensor>
  /** Waits for the run in progress and frees the device. */
  close(): Promise<void>
}

/**
 * Opens an embedder.
 *
 * @throws EmbeddingError `shape-mismatch`, `invalid-file`, `tensor-not-found` or `provider-unavailable`.
 */
export async function createEmbedder(options: EmbedderOptions): Promise<Embedder> {
  const { provider = hasOnnxRuntime() ? 'cpu' : 'wasm', threads = 1, runBytes, shared } = options
  checkCount('threads', threads, 1)
  if (runBytes !== undefined) checkCount('runBytes', runBytes, 1)
  if (provider !== 'auto' && !providers.includes(provider)) {
    const known = [...providers, 'auto'].join(', ')
    throw new EmbeddingError(
      'invalid-argument',
      `Expected \`provider\` to be one of ${known}, got \`${provider}\``,
    )
  }
  const source = await resolveTables(options)
  const settings = { threads, runBytes }
  const { lookup, reports } =
    provider === 'auto'
      ? await openFastest(source, settings)
      : { lookup: await openProvider(provider, source, { ...settings, shared }), reports: [] }
  return new LookupEmbedder(
    lookup,
    reports,
    createHash('sha256').update(source.graph).digest('hex'),
    source.tables,
  )
}

class LookupEmbedder implements Embedder {
  readonly provider: Provider
  readonly reports: readonly ProviderReport[]
  readonly graphSha256: string
  readonly embeddingDim: number
  readonly numEmbeddings: number
  readonly numPositions: number
  readonly #lookup: Lookup
  /** The jobs in progress: they run one after the other, and `close` waits for the last. */
  #last: Promise<void> = Promise.resolve()
  #closed = false

  constructor(lookup: Lookup, reports: readonly ProviderReport[], graphSha256: string, tables: GraphTables) {
    this.#lookup = lookup
    this.provider = lookup.provider
    this.reports = reports
    this.graphSha256 = graphSha256
    this.embeddingDim = tables.token.embeddingDim
    this.numEmbeddings = tables.token.numEmbeddings
    this.numPositions = tables.position?.numEmbeddings ?? 0
  }

  embed(
    inputIds: Int32Array,
    positionIds: Int32Array,
    output: Float32Array,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    return this.#run(inputIds, positionIds, output, options)
  }

  embedBfloat16(
    inputIds: Int32Array,
    positionIds: Int32Array,
    output: Uint16Array,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    return this.#run(inputIds, positionIds, output, options)
  }

  async #run(
    inputIds: Int32Array,
    positionIds: Int32Array,
    output: Float32Array | Uint16Array,
    { signal }: { readonly signal?: AbortSignal },
  ): Promise<void> {
    if (this.#closed) throw closed()
    this.#check(inputIds, positionIds, output)
    const job = this.#last.then(() => runPieces(this.#lookup, { inputIds, positionIds, output, signal }))
    this.#last = job.catch(() => undefined)
    return job
  }

  async embedOnDevice(inputIds: Int32Array, positionIds: Int32Array): Promise<DeviceTensor> {
    const lookup = this.#lookup
    if (this.#closed) throw closed()
    if (lookup.runOnDevice === undefined) {
      throw new EmbeddingError(
        'provider-unavailable',
        `${this.provider} hands its results to the host: only webgpu keeps them on the device in ONNX Runtime for Node; use embed`,
      )
    }
    this.#checkIds(inputIds, positionIds)
    const columns = positionIds.length || inputIds.length
    const rows = columns === 0 ? 0 : inputIds.length / columns
    const job = this.#last.then(() => lookup.runOnDevice!({ inputIds, positionIds, rows, columns }))
    this.#last = job.then(
      () => undefined,
      () => undefined,
    )
    return job
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#last
    await this.#lookup.close()
  }

  #check(inputIds: Int32Array, positionIds: Int32Array, output: Float32Array | Uint16Array): void {
    const tokens = inputIds.length
    if (output.length !== tokens * this.embeddingDim) {
      throw new EmbeddingError(
        'shape-mismatch',
        `Expected \`output\` to hold ${tokens} x ${this.embeddingDim} = ${tokens * this.embeddingDim} values, got ${output.length}`,
      )
    }
    this.#checkIds(inputIds, positionIds)
  }

  #checkIds(inputIds: Int32Array, positionIds: Int32Array): void {
    const tokens = inputIds.length
    checkIds(inputIds, this.numEmbeddings, 'inputIds')
    if (this.numPositions === 0) {
      if (positionIds.length === 0) return
      throw new EmbeddingError('shape-mismatch', 'Expected no `positionIds`: there is no position table')
    }
    if (tokens !== 0 && (positionIds.length === 0 || tokens % positionIds.length !== 0)) {
      throw new EmbeddingError(
        'shape-mismatch',
        `Expected \`positionIds\` to hold the positions of one row or of all ${tokens} tokens, got ${positionIds.length}, which does not divide them`,
      )
    }
    checkIds(positionIds, this.numPositions, 'positionIds')
  }
}

function closed(): EmbeddingError {
  return new EmbeddingError('closed', 'This embedder was closed; create another one')
}
