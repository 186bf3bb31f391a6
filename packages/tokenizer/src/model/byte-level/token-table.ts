import { NotSkimmable } from '../../load/json-bytes.ts'
import type { TokenIds } from './listed-model.ts'

/** Tokens that hash alike stand in a row. More than this, which chance does not give, are left to a table with a secret. */
const longestRow = 256
/** The hash of no bytes; {@link hashWith} adds one. */
export const hashStart = 0x811c9dc5 | 0
const utf8 = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Tokens by their bytes in UTF-8, with their ids: no strings are made of them unless asked for. Open addressing, at most half full. */
export class TokenTable implements TokenIds {
  size = 0
  /** The texts of the entries, one after the other, and where each ends. */
  #texts: Uint8Array
  #ends: Uint32Array
  #ids: Uint32Array
  /** Two words a slot: the hash, and one more than the entry; 0 when free. */
  #slots: Int32Array
  #entryOfId: Int32Array | undefined

  /** @param textLength the most bytes of all tokens */
  constructor(textLength: number) {
    this.#texts = new Uint8Array(textLength)
    // About what a file of this length has: growing touches all memory again.
    const entries = 2 ** Math.floor(Math.log2(Math.max(textLength / 64, 1 << 10)))
    this.#ends = new Uint32Array(entries)
    this.#ids = new Uint32Array(entries)
    this.#slots = new Int32Array(4 * entries)
  }

  /** @throws NotSkimmable when the token is there already */
  add(bytes: Uint8Array, start: number, end: number, id: number): void {
    if (this.size + 1 === this.#ends.length) this.#grow()
    const hash = hashOf(bytes, start, end)
    const slot = this.#slotOf(hash, bytes, start, end)
    if (this.#slots[2 * slot + 1] !== 0) throw new NotSkimmable()
    const entry = this.size++
    let at = this.#endOf(entry - 1)
    for (let from = start; from < end; from++) this.#texts[at++] = bytes[from]!
    this.#ends[entry] = at
    this.#ids[entry] = id
    this.#slots[2 * slot] = hash
    this.#slots[2 * slot + 1] = entry + 1
    this.#entryOfId = undefined
  }

  /** The entry of a token, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.findHashed(hashOf(bytes, start, end), bytes, start, end)
  }

  /** {@link find} with the {@link hashStart hash} of the bytes, for those who have it. */
  findHashed(hash: number, bytes: Uint8Array, start: number, end: number): number {
    return this.#slots[2 * this.#slotOf(hash, bytes, start, end) + 1]! - 1
  }

  /** The entry of the token that two others make, joined, or -1. */
  findJoined(left: number, right: number): number {
    const joined = new Uint8Array(this.#lengthOf(left) + this.#lengthOf(right))
    joined.set(this.#texts.subarray(this.#startOf(left), this.#endOf(left)))
    joined.set(this.#texts.subarray(this.#startOf(right), this.#endOf(right)), this.#lengthOf(left))
    return this.find(joined, 0, joined.length)
  }

  /** Whether an entry's text is that of two others, joined. */
  isJoined(entry: number, left: number, right: number): boolean {
    const leftLength = this.#lengthOf(left)
    if (this.#lengthOf(entry) !== leftLength + this.#lengthOf(right)) return false
    const start = this.#startOf(entry)
    return this.#holds(start, left) && this.#holds(start + leftLength, right)
  }

  idOf(entry: number): number {
    return this.#ids[entry]!
  }

  /** The entry of an id, or -1. */
  entryOfId(id: number): number {
    return (this.#entryOfId ??= this.#orderIds())[id] ?? -1
  }

  get highestId(): number {
    return (this.#entryOfId ??= this.#orderIds()).length - 1
  }

  get(token: string): number | undefined {
    if (!token.isWellFormed()) return undefined
    const bytes = utf8.encode(token)
    const entry = this.find(bytes, 0, bytes.length)
    return entry < 0 ? undefined : this.#ids[entry]
  }

  list(isWanted: (id: number) => boolean): (readonly [token: string, id: number])[] {
    const found: (readonly [string, number])[] = []
    for (let entry = 0; entry < this.size; entry++) {
      const id = this.#ids[entry]!
      if (isWanted(id))
        found.push([decoder.decode(this.#texts.subarray(this.#startOf(entry), this.#endOf(entry))), id])
    }
    return found
  }

  /** The slot of a token, or the free one where it would be. */
  #slotOf(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const slots = this.#slots
    const mask = slots.length / 2 - 1
    let slot = slotOf(hash) & mask
    for (let row = 0; row < longestRow; row++) {
      const entry = slots[2 * slot + 1]! - 1
      if (entry < 0 || (slots[2 * slot] === hash && this.#is(entry, bytes, start, end))) return slot
      slot = (slot + 1) & mask
    }
    throw new NotSkimmable()
  }

  #is(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const texts = this.#texts
    let at = this.#startOf(entry)
    if (this.#ends[entry]! - at !== end - start) return false
    for (let from = start; from < end; from++) if (texts[at++] !== bytes[from]) return false
    return true
  }

  /** Whether the text of an entry stands at `at`. */
  #holds(at: number, entry: number): boolean {
    const texts = this.#texts
    const end = this.#endOf(entry)
    for (let from = this.#startOf(entry); from < end; from++) if (texts[at++] !== texts[from]) return false
    return true
  }

  #startOf(entry: number): number {
    return entry === 0 ? 0 : this.#ends[entry - 1]!
  }

  #endOf(entry: number): number {
    return entry < 0 ? 0 : this.#ends[entry]!
  }

  #lengthOf(entry: number): number {
    return this.#endOf(entry) - this.#startOf(entry)
  }

  #grow(): void {
    const ends = new Uint32Array(2 * this.#ends.length)
    ends.set(this.#ends)
    this.#ends = ends
    const ids = new Uint32Array(ends.length)
    ids.set(this.#ids)
    this.#ids = ids
    const slots = new Int32Array(2 * this.#slots.length)
    for (let i = 0; i < this.#slots.length; i += 2)
      if (this.#slots[i + 1] !== 0) place(slots, this.#slots[i]!, this.#slots[i + 1]!)
    this.#slots = slots
  }

  /** @throws NotSkimmable when two tokens have one id */
  #orderIds(): Int32Array {
    let highest = -1
    for (let entry = 0; entry < this.size; entry++) highest = Math.max(highest, this.#ids[entry]!)
    const entryOfId = new Int32Array(highest + 1).fill(-1)
    for (let entry = 0; entry < this.size; entry++) {
      if (entryOfId[this.#ids[entry]!] !== -1) throw new NotSkimmable()
      entryOfId[this.#ids[entry]!] = entry
    }
    return entryOfId
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = hashStart
  for (let at = start; at < end; at++) hash = hashWith(hash, bytes[at]!)
  return hash
}

/** The hash of bytes and one more byte (FNV-1a). */
export function hashWith(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193)
}

function slotOf(hash: number): number {
  return hash ^ (hash >>> 15)
}

function place(slots: Int32Array, hash: number, numberOfEntry: number): void {
  const mask = slots.length / 2 - 1
  let slot = slotOf(hash) & mask
  while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask
  slots[2 * slot] = hash
  slots[2 * slot + 1] = numberOfEntry
}
