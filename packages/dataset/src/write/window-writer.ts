import { createHash } from 'node:crypto'
import type { ListIdentity } from '../lists/list-kind.ts'
import { LoneIdWriter } from '../lists/lone-ids.ts'
import type { SourceIdentity } from '../lists/source-identity.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import type { IdPiece } from './id-pieces.ts'
import { PartSeries } from './part-series.ts'
import { bytesPerId, PendingIds } from './pending-ids.ts'
import { RowBatch } from './row-batch.ts'
import { TextWindows, type WindowSpan } from './text-windows.ts'
import type { EmbedIds, ResolvedWriteOptions, WritePlan } from './write-options.ts'

/** What was written besides the parts. */
export interface Written {
  readonly partCount: number
  readonly ids: number
  readonly tailTokens: number
  readonly shortDocuments: number
  /** The documents of one id; undefined where there are none, or windows leave out more. */
  readonly loneIds: ListIdentity | undefined
  readonly source: SourceIdentity
}

/**
 * Cuts documents into windows and writes them: ids come in pieces, and what no window needs any more is let go. A text is the
 * stream of all documents, or with `boundary: document` each of them.
 */
export class WindowWriter implements AsyncDisposable {
  readonly #plan: WritePlan
  readonly #embed: EmbedIds | undefined
  readonly #signal: AbortSignal | undefined
  readonly #parts: PartSeries
  readonly #batch: RowBatch
  readonly #pending = new PendingIds()
  readonly #hash = createHash('sha256')
  /** Undefined where windows leave out more than documents of one id, or do not say whose they are. */
  readonly #loneIds: LoneIdWriter | undefined
  #windows: TextWindows
  #documents = 0
  #ids = 0
  #tailTokens = 0
  #shortDocuments = 0
  /** Where documents begin that are not counted yet: positions of the stream, or rows. */
  #begun: number[] = []
  readonly #positions: Int32Array
  #embeds = new Float32Array(0)

  constructor({ plan, storage, embed, signal }: ResolvedWriteOptions, planId: string) {
    this.#plan = plan
    this.#embed = embed
    this.#signal = signal
    this.#parts = this.#openParts(storage, planId)
    const { boundary, tail, layout } = plan
    const keepsAll = boundary === 'document' && tail === 'pad' && layout.documents !== 'none'
    this.#loneIds = keepsAll ? new LoneIdWriter(storage) : undefined
    this.#batch = new RowBatch(plan.layout, plan.endOfTextId ?? 0)
    this.#windows = new TextWindows(this.#cut)
    this.#positions = Int32Array.from({ length: plan.layout.maxLength }, (_, position) => position)
  }

  /** Takes the next ids. */
  async push({ ids, begins }: IdPiece): Promise<void> {
    if (begins) await this.#beginDocument()
    this.#pending.append(ids)
    this.#ids += ids.length
    // On disk they would be uint32, least significant byte first, as on all machines that this runs on.
    this.#hash.update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
    await this.#writeFull()
  }

  /** Ends the last text and the last part. */
  async end(): Promise<Written> {
    if (this.#documents > 0) await this.#endDocument()
    if (this.#plan.boundary === 'cross') await this.#endText()
    await this.#flush()
    await this.#parts.end()
    return {
      partCount: this.#parts.count,
      ids: this.#ids,
      tailTokens: this.#tailTokens,
      shortDocuments: this.#shortDocuments,
      loneIds: await this.#loneIds?.end(),
      source: { name: 'ids.u32', byteLength: bytesPerId * this.#ids, sha256: this.#hash.digest('hex') },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts[Symbol.asyncDispose]()
  }

  get #cut() {
    const { layout, stride, tail } = this.#plan
    return { maxLength: layout.maxLength, stride, tail }
  }

  get #isCross(): boolean {
    return this.#plan.boundary === 'cross'
  }

  async #beginDocument(): Promise<void> {
    const { separator, endOfTextId } = this.#plan
    if (this.#documents > 0) await this.#endDocument()
    const lead = this.#isCross && separator === 'between' && this.#documents > 0 ? 1 : 0
    this.#pending.begin({ document: this.#documents++, lead, firstId: this.#ids })
    if (lead === 1) this.#pending.appendSeparator(endOfTextId!)
    if (this.#isCross) this.#begun.push(this.#pending.end)
  }

  async #endDocument(): Promise<void> {
    const { separator, endOfTextId } = this.#plan
    if (separator === 'after') this.#pending.appendSeparator(endOfTextId!)
    if (!this.#isCross) await this.#endText()
  }

  async #endText(): Promise<void> {
    await this.#writeFull()
    const length = this.#pending.end
    const last = this.#windows.last(length)
    if (last !== undefined) await this.#addRow(last)
    this.#tailTokens += this.#windows.tailOf(length)
    if (!this.#isCross && this.#windows.count === 0) {
      this.#shortDocuments++
      if (length === 1)
        await this.#loneIds?.add({ document: this.#documents - 1, id: this.#pending.view(0, 1)[0]! })
    }
    this.#pending.restart()
    if (!this.#isCross) this.#windows = new TextWindows(this.#cut)
  }

  async #writeFull(): Promise<void> {
    for (;;) {
      const span = this.#windows.next(this.#pending.end)
      if (span === undefined) break
      // No row waits for the one before unless a batch is written.
      if (this.#addToBatch(span)) await this.#flush()
    }
    this.#pending.forgetBefore(this.#windows.nextStart)
  }

  async #addRow(span: WindowSpan): Promise<void> {
    if (this.#addToBatch(span)) await this.#flush()
  }

  /** @returns whether the batch is full */
  #addToBatch(span: WindowSpan): boolean {
    if (!this.#isCross && span.start === 0) this.#begun.push(this.#parts.rows + this.#batch.rows)
    this.#batch.add(span, this.#pending)
    return this.#batch.rows === Math.min(this.#plan.layout.rowsPerBatch, this.#parts.room)
  }

  async #flush(): Promise<void> {
    this.#signal?.throwIfAborted()
    if (this.#batch.rows === 0) return
    const batch = this.#batch.take()
    if (this.#embed === undefined) return this.#parts.write(batch)
    const { dim } = this.#plan.layout
    const elements = batch.inputIds.length * dim
    if (this.#embeds.length < elements) this.#embeds = new Float32Array(elements)
    const inputsEmbeds = this.#embeds.subarray(0, elements)
    await this.#embed(batch.inputIds as Int32Array, batch.positionIds ?? this.#positions, inputsEmbeds)
    return this.#parts.write({ ...batch, inputsEmbeds })
  }

  #openParts(storage: DatasetStorage, planId: string): PartSeries {
    return new PartSeries(storage, { plan: this.#plan, planId }, (endRow, isLast) => {
      const { layout, stride } = this.#plan
      // What begins after the start of the last window, its last target included, is counted there.
      const reach = isLast && endRow > 0 ? (endRow - 1) * stride + layout.maxLength + 1 : 0
      const limit = this.#isCross ? Math.max(endRow * stride, reach) : endRow
      const end = this.#begun.findIndex((place) => place >= limit)
      return this.#begun.splice(0, end === -1 ? this.#begun.length : end).length
    })
  }
}
