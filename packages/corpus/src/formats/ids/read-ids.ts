import type { DocumentEvent, DocumentStream } from '../../documents/document-event.ts'
import type { ProblemDesk } from '../../documents/problem-desk.ts'
import type { IdOptions } from '../../ids/id-options.ts'
import { CorpusError } from '../../errors.ts'
import type { IdLayout } from './id-layout.ts'
import { idReader } from './id-width.ts'

/** Ids to read, and what is known of them. */
export interface IdStream {
  readonly chunks: AsyncIterable<Uint8Array>
  /** Offset of the first byte in the source. */
  readonly position: number
  /** Whether the ids go on in the next segment. */
  readonly continues: boolean
  readonly layout: IdLayout
  readonly ids: IdOptions
  /** Kept columns: such a source has none. */
  readonly keep: readonly string[]
  readonly desk: ProblemDesk
}

/**
 * Reads ids that lie one after the other. Documents are the rows of the layout, or end at the id that ends them, or are the whole
 * source. Memory is a chunk, whatever the source.
 *
 * @throws CorpusError `invalid-ids` for an id outside the vocabulary, `broken-file` for bytes that are no whole id or row
 */
export async function* readIds(stream: IdStream): DocumentStream {
  const { layout, desk } = stream
  const documents = new IdDocuments(stream)
  const idAt = idReader(layout)
  const { bytes } = layout
  let rest = new Uint8Array(0)
  let at = stream.position
  for await (const chunk of stream.chunks) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const whole = block.length - (block.length % bytes)
    const view = new DataView(block.buffer, block.byteOffset, whole)
    const ids = new Uint32Array(whole / bytes)
    const { vocabSize } = stream.ids
    for (let index = 0; index < ids.length; index++) {
      const id = idAt(view, index * bytes)
      if (!(id >= 0 && id < vocabSize)) throw outside(desk.source, layout, at + index * bytes, id, vocabSize)
      ids[index] = id
    }
    documents.add(ids, at)
    at += whole
    rest = new Uint8Array(block.subarray(whole))
    const batch = documents.take()
    if (batch.length > 0) yield batch
  }
  if (rest.length > 0) {
    const message = `ends with ${rest.length} bytes, expected ids of ${bytes} bytes each; check its element type`
    throw new CorpusError('broken-file', message, { source: desk.source, position: at })
  }
  documents.end(at)
  const batch = documents.take()
  if (batch.length > 0) yield batch
}

/** Makes documents of ids in order. */
class IdDocuments {
  readonly #stream: IdStream
  #batch: DocumentEvent[] = []
  #open = false
  /** Ids of the open document that were given. */
  #given = 0
  /** Where the next document begins. */
  #start: number

  constructor(stream: IdStream) {
    this.#stream = stream
    this.#start = stream.position
  }

  /** @param position offset of the first id */
  add(ids: Uint32Array, position: number): void {
    const { layout, ids: options } = this.#stream
    const { rowLength, bytes } = layout
    if (rowLength !== undefined) this.#addRows(ids, position, rowLength)
    else if (options.endId === undefined) this.#give(ids, position)
    else {
      let from = 0
      for (let end = ids.indexOf(options.endId); end !== -1; end = ids.indexOf(options.endId, from)) {
        this.#give(ids.subarray(from, end), position + from * bytes)
        this.#close(position + end * bytes, false)
        from = end + 1
        this.#start = position + from * bytes
      }
      this.#give(ids.subarray(from), position + from * bytes)
    }
  }

  end(position: number): void {
    const { desk, layout, continues } = this.#stream
    if (layout.rowLength !== undefined) {
      if (!this.#open) return
      const message = `ends within a row of ${layout.rowLength} ids`
      throw new CorpusError('broken-file', message, { source: desk.source, position })
    }
    // After the last end there is nothing that could be a document.
    if (this.#open) this.#close(position, continues)
    else if (position === layout.start)
      desk.reportSkipped('empty-document', position, 'the file holds no ids')
  }

  take(): readonly DocumentEvent[] {
    const batch = this.#batch
    this.#batch = []
    return batch
  }

  #addRows(ids: Uint32Array, position: number, rowLength: number): void {
    const { bytes } = this.#stream.layout
    for (let from = 0; from < ids.length;) {
      const end = Math.min(ids.length, from + rowLength - this.#given)
      if (!this.#open) this.#start = position + from * bytes
      this.#give(ids.subarray(from, end), position + from * bytes)
      if (this.#given === rowLength) this.#close(position + end * bytes, false)
      from = end
    }
  }

  #give(ids: Uint32Array, position: number): void {
    if (ids.length === 0) return
    if (!this.#open) {
      const { layout, ids: options, keep } = this.#stream
      const isOne = layout.rowLength === undefined && options.endId === undefined
      const continued = isOne && position > layout.start
      const kept = keep.length === 0 ? {} : { kept: keep.map(() => null) }
      this.#batch.push({ kind: 'start', position, continued, ...kept })
      this.#open = true
    }
    this.#batch.push({ kind: 'ids', ids })
    this.#given += ids.length
  }

  #close(position: number, continues: boolean): void {
    if (this.#open) this.#batch.push({ kind: 'end', position, continues })
    else this.#stream.desk.reportSkipped('empty-document', this.#start, 'a document has no ids')
    this.#open = false
    this.#given = 0
  }
}

function outside(
  source: string,
  { start, bytes }: IdLayout,
  position: number,
  id: number,
  vocabSize: number,
): CorpusError {
  const index = (position - start) / bytes
  const message = `expected ids below ${vocabSize}, got ${id} at index ${index} (byte ${position}); check the element type and the vocabulary`
  return new CorpusError('invalid-ids', message, { source, position })
}
