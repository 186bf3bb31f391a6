import { ArrowBody, BodyTooLarge } from './body.ts'
import type { ArrowValue, DictionaryEntries } from './arrow-value.ts'
import { columnReader } from './column.ts'
import { firstPlace } from './layout.ts'
import type { MessageContent } from './metadata.ts'
import type { ArrowField } from './schema.ts'

type DictionaryMessage = Extract<MessageContent, { kind: 'dictionary' }>

/** The dictionaries of a stream, as its batches bring them; values are read once a column needs them. */
export class ArrowDictionaries implements DictionaryEntries {
  readonly #maxBytes: number
  readonly #batches = new Map<number, ArrowBody[]>()
  readonly #entries = new Map<number, readonly (ArrowValue | undefined)[]>()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes a dictionary batch: a delta continues after the present entries, any other replaces them. */
  add({ id, isDelta, batch }: DictionaryMessage, body: Uint8Array): void {
    const before = isDelta ? (this.#batches.get(id) ?? []) : []
    const held = before.reduce((sum, { byteLength }) => sum + byteLength, body.length)
    if (held > this.#maxBytes) throw new BodyTooLarge(held)
    this.#batches.set(id, [...before, new ArrowBody(batch(), body, this.#maxBytes)])
    this.#entries.delete(id)
  }

  /** @throws Error for a dictionary that is missing or damaged */
  entriesOf(field: ArrowField): readonly (ArrowValue | undefined)[] {
    const { dictionary, ...values } = field
    const id = dictionary?.id ?? 0
    let entries = this.#entries.get(id)
    if (entries === undefined) {
      entries = this.#read(id, values)
      this.#entries.set(id, entries)
    }
    return entries
  }

  #read(id: number, field: ArrowField): readonly (ArrowValue | undefined)[] {
    const batches = this.#batches.get(id)
    if (batches === undefined) throw new Error(`the dictionary ${id} is missing`)
    const entries: (ArrowValue | undefined)[] = []
    for (const body of batches) {
      const valueAt = columnReader({ field, place: firstPlace, parents: [] }, body, this)
      for (let row = 0; row < body.batch.rows; row++) entries.push(valueAt(row))
    }
    return entries
  }
}
