import type { DatasetStorage, ReadHandle } from '@sluice/dataset'
import { RunError } from '../errors.ts'
import { keptEnd, parseKept, readKeptStarts } from './kept-file.ts'
import type { TokenReceipt } from './token-receipt.ts'
import type { TokenIndex } from './token-stream.ts'

/** Values of a document, in the order of the kept columns. */
export type KeptRecord = readonly (Uint8Array | null)[]

const openFiles = 64
const blockByteLength = 1 << 16
const startsAtATime = 1 << 12

/** Reads the kept values of documents by their number: the one before, or the next, costs no system call. */
export class KeptReader implements AsyncDisposable {
  readonly #storage: DatasetStorage
  readonly #index: TokenIndex<TokenReceipt>
  readonly #columns: number
  readonly #files = new Map<number, ReadHandle>()
  /** Of consecutive documents of one file. */
  #starts = { segment: -1, row: 0, values: new Float64Array(0) as Float64Array }
  /** Consecutive bytes of one file. */
  #block = { segment: -1, start: 0, bytes: new Uint8Array(0) }
  #last: { readonly document: number; readonly record: KeptRecord } | undefined

  /** @param columns how many values each document has */
  constructor(storage: DatasetStorage, index: TokenIndex<TokenReceipt>, columns: number) {
    this.#storage = storage
    this.#index = index
    this.#columns = columns
  }

  /** The values of a document; the same object for the same document, one call after the other. */
  async read(document: number): Promise<KeptRecord> {
    if (this.#last?.document !== document) this.#last = { document, record: await this.#find(document) }
    return this.#last.record
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const handle of this.#files.values()) await handle.close()
    this.#files.clear()
  }

  async #find(document: number): Promise<KeptRecord> {
    const segment = this.#segmentOf(document)
    const handle = await this.#open(segment)
    const { firstDocument, receipt } = this.#index.segments[segment]!
    const row = document - firstDocument
    const known = this.#starts
    if (known.segment !== segment || row < known.row || row + 1 >= known.row + known.values.length) {
      const values = await readKeptStarts(handle, receipt.documents, row, startsAtATime)
      this.#starts = { segment, row, values }
    }
    const at = row - this.#starts.row
    const start = this.#starts.values[at]!
    const end = this.#starts.values[at + 1]!
    const block = this.#block
    if (block.segment !== segment || start < block.start || end > block.start + block.bytes.length) {
      const left = keptEnd(handle, receipt.documents) - start
      const bytes = new Uint8Array(Math.min(left, Math.max(blockByteLength, end - start)))
      await handle.read(bytes, start)
      this.#block = { segment, start, bytes }
    }
    const from = start - this.#block.start
    return parseKept(this.#block.bytes.subarray(from, from + end - start), this.#columns)
  }

  /** The last segment that begins with the document or one before it. A document over several has the same values in each. */
  #segmentOf(document: number): number {
    const { segments } = this.#index
    let low = 0
    let high = segments.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (segments[middle]!.firstDocument <= document) low = middle
      else high = middle - 1
    }
    return low
  }

  async #open(segment: number): Promise<ReadHandle> {
    const known = this.#files.get(segment)
    if (known !== undefined) return known
    for (const [oldest, handle] of this.#files) {
      if (this.#files.size < openFiles) break
      this.#files.delete(oldest)
      await handle.close()
    }
    const { kept, name } = this.#index.segments[segment]!.receipt
    if (kept === undefined)
      throw new RunError('broken-state', `Expected kept values beside ${name}, found none; run again`)
    const handle = await this.#storage.openRead(kept.name)
    this.#files.set(segment, handle)
    return handle
  }
}
