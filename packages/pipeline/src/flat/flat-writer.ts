import { createHash } from 'node:crypto'
import {
  documentIndexName,
  encodeDocumentIndex,
  flatIdByteLength,
  flatIdTypeOf,
  tokensName,
  type DatasetStorage,
  type DocumentStarts,
  type FlatIdType,
  type ReadHandle,
  type TokenFile,
  type TokenFormat,
} from '@sluice/dataset'
import { RunError } from '../errors.ts'
import { runNames } from '../folder/names.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import type { PlannedSourceReader } from '../plan/plan.ts'
import type { RunSegment } from '../task/task.ts'
import { gapOf } from '../tokens/document-sums.ts'
import { documentRowLength, IdReader, readDocumentTable } from '../tokens/token-file.ts'
import type { SegmentReceipt } from '../tokens/token-receipt.ts'
import { TokenIndexBuilder, type StreamSegment, type TokenIndex } from '../tokens/token-stream.ts'
import { findCheckpoints, publishCheckpoint, type ReachedCheckpoint } from './checkpoint.ts'
import { GrowingStream } from './growing-stream.ts'
import { segmentsOfReceipts } from './segments-of-receipts.ts'

/** What grows until it is published: the ids, and where documents begin, as float64. */
const idsName = `${runNames.tokens}/ids.part`
const startsName = `${runNames.tokens}/starts.part`

/** Ids that are copied, and starts that are read, at a time. */
const atATime = 1 << 18

/** Bytes of ids from one checkpoint to the next, where nothing else is said. */
export const defaultCheckpointBytes = 64 << 20

/** What {@link FlatWriter} is opened with. */
export interface FlatWriterOptions {
  readonly storage: DatasetStorage
  readonly run: PlannedRun
  readonly format: TokenFormat
  readonly segments: readonly RunSegment[]
  readonly sources: PlannedSourceReader
  /** Bytes of ids from one checkpoint to the next. */
  readonly checkpointBytes: number
}

/**
 * Writes the ids of segments, one after the other, as one flat file, each id once; and then the file that says where documents
 * begin. It goes on from the last checkpoint of an earlier attempt.
 */
export class FlatWriter implements AsyncDisposable {
  /** Segments that an earlier attempt wrote. */
  readonly written: number
  readonly #options: FlatWriterOptions
  readonly #idType: FlatIdType
  readonly #gap: 0 | 1
  readonly #index: TokenIndexBuilder
  readonly #ids: GrowingStream
  readonly #starts: GrowingStream
  readonly #reader = new IdReader()
  /** Ids on their way from one file to the other. */
  readonly #block = new Int32Array(atATime)
  #pending: number | undefined
  /** The last checkpoint, and what came since. */
  #checkpoint: string | null = null
  #checkpointed = 0
  #checkpointedBytes = 0
  /** Checkpoints are made durable beside the writing, one after the other. */
  #syncing: Promise<void> = Promise.resolve()
  #syncError: unknown

  private constructor(
    options: FlatWriterOptions,
    streams: { readonly ids: GrowingStream; readonly starts: GrowingStream },
    reached: (ReachedCheckpoint & { readonly written: number }) | undefined,
  ) {
    const { plan } = options.run
    this.#options = options
    this.#idType = flatIdTypeOf(options.format, plan.tokenizer.vocabSize)
    this.#gap = gapOf(plan.config)
    this.#index = new TokenIndexBuilder(plan.config.separator === 'between')
    this.#ids = streams.ids
    this.#starts = streams.starts
    this.written = reached?.written ?? 0
    if (reached === undefined) return
    for (const receipt of reached.allReceipts) this.#index.add(receipt)
    this.#pending = reached.pending ?? undefined
    this.#checkpoint = reached.name
    this.#checkpointed = reached.segments
    this.#checkpointedBytes = reached.ids.byteLength
  }

  /**
   * Finds how far an earlier attempt has come, and goes on from there.
   *
   * @throws RunError `broken-state` where what it wrote is not what it says
   */
  static async open(options: FlatWriterOptions): Promise<FlatWriter> {
    const { storage, run, segments, sources } = options
    for await (const checkpoint of findCheckpoints(storage, run.planId)) {
      const written = await segmentsOfReceipts(checkpoint.allReceipts, segments, sources)
      // Somebody who cut the corpus in other segments wrote it.
      if (written === undefined) continue
      const ids = await GrowingStream.open(storage, idsName, checkpoint.ids)
      const starts = await GrowingStream.open(storage, startsName, checkpoint.starts)
      if (ids !== undefined && starts !== undefined)
        return new FlatWriter(options, { ids, starts }, { ...checkpoint, written })
      await ids?.close()
      await starts?.close()
      throw new RunError(
        'broken-state',
        `${ids === undefined ? idsName : startsName} in ${storage.location} is not what ${runNames.tokens}/${checkpoint.name} says; remove the folder ${runNames.tokens} and run again`,
      )
    }
    const ids = await GrowingStream.open(storage, idsName, undefined)
    const starts = await GrowingStream.open(storage, startsName, undefined)
    return new FlatWriter(options, { ids: ids!, starts: starts! }, undefined)
  }

  /** The segments so far. */
  get index(): TokenIndex {
    return this.#index
  }

  /** Appends the ids of the next segment, from its token file. */
  async add(receipt: SegmentReceipt, handle: ReadHandle): Promise<void> {
    if (this.#syncError !== undefined) throw this.#syncError
    const segment = this.#index.add(receipt)
    await this.#addStarts(segment, await readDocumentTable(handle, receipt))
    for (let first = segment.skipped as number; first < receipt.tokens; first += atATime)
      await this.#ids.append(
        await this.#readIds(handle, receipt, first, Math.min(atATime, receipt.tokens - first)),
      )
  }

  /** Makes a checkpoint where one is due: what was added so far stays as it is, whatever becomes of the next segments. */
  endOfUnit(): void {
    if (this.#ids.byteLength - this.#checkpointedBytes >= this.#options.checkpointBytes) this.#mark()
  }

  /**
   * Publishes both files.
   *
   * @throws DatasetError `invalid-argument` for documents that the format has no room for
   */
  async finish(): Promise<{ readonly files: readonly TokenFile[]; readonly documents: number }> {
    if (this.#index.segments.length > this.#checkpointed) this.#mark()
    await this.#syncing
    if (this.#syncError !== undefined) throw this.#syncError
    const { storage, format } = this.#options
    const { tokens } = this.#index
    // A last document without an id is none of the files.
    const last = this.#pending !== undefined && this.#pending < tokens ? [this.#pending] : []
    const before = this.#starts.byteLength / Float64Array.BYTES_PER_ELEMENT
    const starts: DocumentStarts = {
      documents: before + last.length,
      tokens,
      async *blocks() {
        yield* readStarts(storage, before)
        yield Float64Array.from(last)
      },
    }
    const ids = await this.#ids.publish(tokensName)
    const index = await publishIndex(
      storage,
      documentIndexName[format],
      encodeDocumentIndex(this.#idType, starts),
    )
    return { files: [{ name: tokensName, ...ids }, index], documents: starts.documents }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#syncing
    await this.#ids.close()
    await this.#starts.close()
  }

  /** The bytes of ids as the files have them: those of the token file, or widened. Valid until the next ones are read. */
  async #readIds(
    handle: ReadHandle,
    receipt: SegmentReceipt,
    first: number,
    count: number,
  ): Promise<Uint8Array> {
    const byteLength = flatIdByteLength[this.#idType]
    const bytes = new Uint8Array(this.#block.buffer, 0, count * byteLength)
    if (receipt.idByteLength === byteLength) await handle.read(bytes, first * byteLength)
    else await this.#reader.read(handle, receipt, first, this.#block.subarray(0, count))
    return bytes
  }

  /** A document begins with the separator before it; one without an id is left out. */
  async #addStarts({ start, skipped, continued }: StreamSegment, table: Float64Array): Promise<void> {
    const starts: number[] = []
    for (let row = continued ? documentRowLength : 0; row < table.length; row += documentRowLength) {
      const place = start + Math.max(0, table[row]! - this.#gap - skipped)
      if (this.#pending !== undefined && this.#pending < place) starts.push(this.#pending)
      this.#pending = place
    }
    if (starts.length > 0) await this.#starts.append(new Uint8Array(Float64Array.from(starts).buffer))
  }

  /** Makes a checkpoint of what was appended, durable beside what comes next. */
  #mark(): void {
    const { storage, run } = this.#options
    const { segments } = this.#index
    const now = {
      ...({ version: 1, planId: run.planId, segments: segments.length } as const),
      receipts: segments.slice(this.#checkpointed).map(({ receipt }) => receipt),
      ...{ ids: this.#ids.mark(), starts: this.#starts.mark(), pending: this.#pending ?? null },
    }
    this.#checkpointed = segments.length
    this.#checkpointedBytes = this.#ids.byteLength
    const sync = async (): Promise<void> => {
      await this.#ids.sync()
      await this.#starts.sync()
      this.#checkpoint = await publishCheckpoint(storage, { ...now, previous: this.#checkpoint })
    }
    this.#syncing = this.#syncing.then(sync).catch((error: unknown) => {
      this.#syncError ??= error
    })
  }
}

async function* readStarts(storage: DatasetStorage, count: number): AsyncGenerator<Float64Array, void> {
  const handle = await storage.openRead(startsName)
  try {
    for (let first = 0; first < count; first += atATime) {
      const block = new Float64Array(Math.min(atATime, count - first))
      await handle.read(new Uint8Array(block.buffer), first * Float64Array.BYTES_PER_ELEMENT)
      yield block
    }
  } finally {
    await handle.close()
  }
}

async function publishIndex(
  storage: DatasetStorage,
  name: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<TokenFile> {
  const staged = await storage.stage(name)
  try {
    const hash = createHash('sha256')
    for await (const piece of pieces) {
      hash.update(piece)
      await staged.write([piece])
    }
    const { byteLength } = staged
    await staged.publish(name)
    return { name, byteLength, sha256: hash.digest('hex') }
  } finally {
    await staged.discard()
  }
}
