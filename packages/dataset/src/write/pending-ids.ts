/** A stretch of a text that is of one document, its separator included. */
export interface DocumentRun {
  /** Position in the text where it begins. */
  readonly start: number
  /** Number of the document. */
  readonly document: number
  /** Separators before its ids. */
  readonly lead: number
  /** Place of its first id among all ids that were given. */
  readonly firstId: number
  /** Its ids so far, without separators. */
  length: number
}

/** Bytes of an id in the source that a dataset of ids names: uint32. */
export const bytesPerId = Uint32Array.BYTES_PER_ELEMENT

/** The ids of a text that windows still need, and whose they are. */
export class PendingIds {
  #ids = new Int32Array(1 << 17)
  /** Position in the text of the first id that is held, and past the last. */
  #start = 0
  #end = 0
  #runs: DocumentRun[] = []

  /** Position past the last id: the text's length so far. */
  get end(): number {
    return this.#end
  }

  /** Begins a text. */
  restart(): void {
    this.#start = 0
    this.#end = 0
    this.#runs = []
  }

  /** Begins a document at the end of the text. */
  begin(run: Pick<DocumentRun, 'document' | 'lead' | 'firstId'>): void {
    this.#runs.push({ ...run, start: this.#end, length: 0 })
  }

  /** Adds ids of the last document. */
  append(ids: Int32Array): void {
    this.#hold(ids)
    this.#runs.at(-1)!.length += ids.length
  }

  /** Adds an id of no document's text: it belongs to the last document all the same. */
  appendSeparator(id: number): void {
    this.#hold(Int32Array.of(id))
  }

  /** The ids from `start` to `end`, as a view. */
  view(start: number, end: number): Int32Array {
    return this.#ids.subarray(start - this.#start, end - this.#start)
  }

  /** The runs that the ids from `start` to `end` are of, in order. */
  runsOf(start: number, end: number): readonly DocumentRun[] {
    const first = this.#runs.findLastIndex((run) => run.start <= start)
    let last = first
    while (last + 1 < this.#runs.length && this.#runs[last + 1]!.start < end) last++
    return this.#runs.slice(first, last + 1)
  }

  /** Lets go of the ids before a position, which may lie past the end: what lies between is skipped. */
  forgetBefore(position: number): void {
    const from = Math.min(position, this.#end)
    const first = this.#runs.findLastIndex((run) => run.start <= from)
    if (first > 0) this.#runs.splice(0, first)
    this.#ids.copyWithin(0, from - this.#start, this.#end - this.#start)
    this.#start = from
  }

  #hold(ids: Int32Array): void {
    const held = this.#end - this.#start
    if (held + ids.length > this.#ids.length) {
      const larger = new Int32Array(2 * (held + ids.length))
      larger.set(this.#ids.subarray(0, held))
      this.#ids = larger
    }
    this.#ids.set(ids, held)
    this.#end += ids.length
  }
}

/** Where in the source the id at a position of a run begins; separators take no bytes. */
export function byteStartOf({ start, lead, firstId, length }: DocumentRun, position: number): number {
  return bytesPerId * (firstId + Math.min(Math.max(position - start - lead, 0), length))
}
