import type { DatasetStorage, ReadHandle } from '@sluice/dataset'
import { IdReader, readCheckpoint, readDocumentTable, readJumps } from './token-file.ts'
import type { SegmentReceipt, TokenReceipt } from './token-receipt.ts'

/** A segment's place in the token stream. */
export interface StreamSegment<Receipt extends SegmentReceipt = SegmentReceipt> {
  readonly receipt: Receipt
  /** Stream position of the segment's first id. */
  readonly start: number
  /** Ids at the beginning of the file that are not part of the stream: the separator before the first document. */
  readonly skipped: 0 | 1
  /** Corpus' number of the document in the first row of the segment's document table. */
  readonly firstDocument: number
  /** The first row of its document table is the rest of a document that began in an earlier segment. */
  readonly continued: boolean
  /** Of a group, for each source the rows of the document table up to its end. */
  readonly rowEnds: readonly number[] | undefined
}

/** Where a stream position is. */
export interface StreamPlace {
  readonly segment: number
  /** Index in the segment's file. */
  readonly index: number
}

/** The ids of the whole corpus in order, laid out by prefix sums over the receipts: nothing else is held in memory. */
export interface TokenIndex<Receipt extends SegmentReceipt = SegmentReceipt> {
  readonly segments: readonly StreamSegment<Receipt>[]
  /** Ids in the stream. */
  readonly tokens: number
  readonly documents: number
}

/** @param dropFirst a separator stands before every document, and the one before the first is not wanted */
export function indexTokens(receipts: readonly TokenReceipt[], dropFirst: boolean): TokenIndex<TokenReceipt> {
  const builder = new TokenIndexBuilder<TokenReceipt>(dropFirst)
  for (const receipt of receipts) builder.add(receipt)
  return builder
}

/** Lays segments out one after the other, as they become known. */
export class TokenIndexBuilder<
  Receipt extends SegmentReceipt = SegmentReceipt,
> implements TokenIndex<Receipt> {
  readonly segments: StreamSegment<Receipt>[] = []
  tokens = 0
  documents = 0
  readonly #dropFirst: boolean

  /** @param dropFirst a separator stands before every document, and the one before the first is not wanted */
  constructor(dropFirst: boolean) {
    this.#dropFirst = dropFirst
  }

  add(receipt: Receipt): StreamSegment<Receipt> {
    const skipped = this.#dropFirst && this.tokens === 0 && receipt.tokens > 0 ? 1 : 0
    const { continued } = receipt
    const rest = continued ? 1 : 0
    const rowEnds = receipt.rows && runningSums(receipt.rows)
    const firstDocument = this.documents - rest
    const segment = { receipt, start: this.tokens, skipped, firstDocument, continued, rowEnds } as const
    this.segments.push(segment)
    this.tokens += receipt.tokens - skipped
    this.documents += receipt.documents - rest
    return segment
  }
}

/** The source of the document in a row of a segment's table. */
export function sourceOfRow({ receipt, rowEnds }: StreamSegment, row: number): number {
  if (rowEnds === undefined) return receipt.source
  let low = 0
  let high = rowEnds.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rowEnds[middle]! <= row) low = middle + 1
    else high = middle
  }
  return receipt.source + low
}

function runningSums(numbers: readonly number[]): readonly number[] {
  let sum = 0
  return numbers.map((number) => (sum += number))
}

/** The place of a stream position; the end of the stream is one past the last segment's last id. */
export function placeInStream({ segments }: TokenIndex, position: number): StreamPlace {
  let low = 0
  let high = segments.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (segments[middle]!.start <= position) low = middle
    else high = middle - 1
  }
  const { start, skipped } = segments[low]!
  return { segment: low, index: position - start + skipped }
}

/** How many segment files are kept open: a range crosses few of them, a random order many. */
const openFiles = 64

/** Document tables are kept up to this many bytes together, and always the last one. */
const keptTableBytes = 32 << 20

const none = new Float64Array(0)

/** Reads ranges of the token stream from the segments' files. */
export class TokenReader implements AsyncDisposable {
  readonly index: TokenIndex<TokenReceipt>
  readonly #storage: DatasetStorage
  readonly #ids = new IdReader()
  readonly #handles = new Map<number, ReadHandle>()
  readonly #tables = new Map<number, Float64Array>()
  #tableBytes = 0
  /** Of the last segment that has any. */
  #jumps: { readonly segment: number; readonly pairs: Float64Array } | undefined

  constructor(storage: DatasetStorage, index: TokenIndex<TokenReceipt>) {
    this.#storage = storage
    this.index = index
  }

  /** Fills `target` with the ids from stream position `start` on. */
  async read(start: number, target: Int32Array | Uint16Array): Promise<void> {
    let { segment, index } = placeInStream(this.index, start)
    for (let filled = 0; filled < target.length; segment++) {
      const { receipt } = this.index.segments[segment]!
      const length = Math.min(target.length - filled, receipt.tokens - index)
      if (length > 0) {
        await this.#ids.read(
          await this.#open(segment),
          receipt,
          index,
          target.subarray(filled, filled + length),
        )
        filled += length
      }
      index = 0
    }
  }

  /** Ids `[first, end)` of one segment's file. */
  async readSegment(segment: number, first: number, end: number): Promise<Int32Array> {
    const ids = new Int32Array(end - first)
    if (ids.length > 0) await this.#ids.read(await this.#open(segment), this.#receipt(segment), first, ids)
    return ids
  }

  /** The document table of a segment, as {@link readDocumentTable} gives it. */
  async documentTable(segment: number): Promise<Float64Array> {
    const known = this.#tables.get(segment)
    if (known !== undefined) return known
    const table = await readDocumentTable(await this.#open(segment), this.#receipt(segment))
    this.#tableBytes += table.byteLength
    for (const [oldest, { byteLength }] of this.#tables) {
      if (this.#tableBytes <= keptTableBytes) break
      this.#tables.delete(oldest)
      this.#tableBytes -= byteLength
    }
    this.#tables.set(segment, table)
    return table
  }

  /** Where positions of a segment jump, as `readJumps` gives it; empty in nearly all. */
  async jumps(segment: number): Promise<Float64Array> {
    if (this.#receipt(segment).jumps === undefined) return none
    if (this.#jumps?.segment !== segment) {
      this.#jumps = { segment, pairs: await readJumps(await this.#open(segment), this.#receipt(segment)) }
    }
    return this.#jumps.pairs
  }

  /** Bytes of text before id `checkpoint * checkpointInterval` of a segment, in its document. */
  async checkpoint(segment: number, checkpoint: number): Promise<number> {
    return readCheckpoint(await this.#open(segment), this.#receipt(segment), checkpoint)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const handle of this.#handles.values()) await handle.close()
    this.#handles.clear()
  }

  #receipt(segment: number): TokenReceipt {
    return this.index.segments[segment]!.receipt
  }

  async #open(segment: number): Promise<ReadHandle> {
    const known = this.#handles.get(segment)
    if (known !== undefined) return known
    for (const [oldest, handle] of this.#handles) {
      if (this.#handles.size < openFiles) break
      this.#handles.delete(oldest)
      await handle.close()
    }
    const handle = await this.#storage.openRead(this.#receipt(segment).name)
    this.#handles.set(segment, handle)
    return handle
  }
}
