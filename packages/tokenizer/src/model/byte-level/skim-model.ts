import { type JsonBytes, type JsonString, NotSkimmable } from '../../load/json-bytes.ts'
import type { MergeList } from './effective-merges.ts'
import { tokensOfBytes } from './listed-model.ts'
import { hashStart, hashWith, TokenTable } from './token-table.ts'

/** Ids are bounded so that a hostile file cannot ask for gigabytes of tables. */
const mostIds = 1 << 24
const space = 0x20
const quote = 0x22
const backslash = 0x5c

/** Reads `vocab` where it lies: tokens and their ids. @throws NotSkimmable */
export function skimVocabulary(json: JsonBytes): TokenTable {
  const table = new TokenTable(json.bytes.length - json.at)
  json.expect('{')
  if (json.takes('}')) return table
  do {
    const { bytes, start, end } = json.string()
    json.expect(':')
    const id = json.integer()
    if (id >= mostIds) throw new NotSkimmable()
    table.add(bytes, start, end, id)
  } while (json.takes(','))
  json.expect('}')
  return table
}

/** Reads `merges` where they lie, as `"a b"` or `["a", "b"]`. @throws NotSkimmable */
export function skimMerges(json: JsonBytes, table: TokenTable): MergeList {
  const merges = new GrowingMerges((json.bytes.length - json.at) / 16)
  const find = (bytes: Uint8Array, start: number, end: number): number => {
    const entry = table.find(bytes, start, end)
    return entry < 0 || start === end ? notSkimmable() : entry
  }
  const findAll = ({ bytes, start, end }: JsonString): number => find(bytes, start, end)
  let before = -1
  const add = (left: number, right: number): void => {
    // Tokens nearly always have ids in the order of their merges: what a merge makes need not be looked up.
    let made = table.entryOfId(before)
    if (made < 0 || !table.isJoined(made, left, right)) made = table.entryOfId(before + 1)
    if (made < 0 || !table.isJoined(made, left, right)) made = table.findJoined(left, right)
    if (made < 0) notSkimmable()
    before = table.idOf(made)
    merges.add(table.idOf(left), table.idOf(right), before)
  }
  /** Reads `"a b"` without escapes in one pass, as nearly all are; else nothing. That it is UTF-8 follows from the tokens that are found. */
  const readPlain = (): boolean => {
    if (json.peek() !== quote) return false
    const { bytes } = json
    const start = json.at + 1
    let hash = hashStart
    let leftHash = 0
    let middle = -1
    let end = start
    for (; bytes[end] !== quote; end++) {
      const byte = bytes[end]
      if (byte === undefined || byte === backslash || byte < space) return false
      if (byte !== space) {
        hash = hashWith(hash, byte)
        continue
      }
      if (middle >= 0) notSkimmable()
      middle = end
      leftHash = hash
      hash = hashStart
    }
    if (middle <= start || middle + 1 === end) notSkimmable()
    json.at = end + 1
    const left = table.findHashed(leftHash, bytes, start, middle)
    const right = table.findHashed(hash, bytes, middle + 1, end)
    if (left < 0 || right < 0) notSkimmable()
    add(left, right)
    return true
  }
  json.expect('[')
  if (!json.takes(']')) {
    do {
      if (json.takes('[')) {
        const left = findAll(json.string())
        json.expect(',')
        const right = findAll(json.string())
        json.expect(']')
        add(left, right)
      } else if (!readPlain()) {
        const { bytes, start, end } = json.string()
        const middle = onlySpace(bytes, start, end)
        add(find(bytes, start, middle), find(bytes, middle + 1, end))
      }
    } while (json.takes(','))
    json.expect(']')
  }
  const highest = Math.max(0, table.highestId)
  return { ...merges.list(), tokenOfByte: tokensOfBytes(table, highest), tokenCount: highest + 257 }
}

function onlySpace(bytes: Uint8Array, start: number, end: number): number {
  let found = -1
  for (let at = start; at < end; at++) {
    if (bytes[at] !== space) continue
    if (found >= 0) notSkimmable()
    found = at
  }
  return found < 0 ? notSkimmable() : found
}

function notSkimmable(): never {
  throw new NotSkimmable()
}

class GrowingMerges {
  #left: Uint32Array<ArrayBuffer>
  #right: Uint32Array<ArrayBuffer>
  #made: Uint32Array<ArrayBuffer>
  #length = 0

  /** @param likely how many there will be, about: memory that is not written to costs nothing, growing does */
  constructor(likely: number) {
    const room = Math.max(Math.ceil(likely), 1 << 10)
    this.#left = new Uint32Array(room)
    this.#right = new Uint32Array(room)
    this.#made = new Uint32Array(room)
  }

  add(left: number, right: number, made: number): void {
    if (this.#length === this.#left.length) {
      this.#left = doubled(this.#left)
      this.#right = doubled(this.#right)
      this.#made = doubled(this.#made)
    }
    this.#left[this.#length] = left
    this.#right[this.#length] = right
    this.#made[this.#length++] = made
  }

  list(): Pick<MergeList, 'left' | 'right' | 'made' | 'length'> {
    const length = this.#length
    return {
      left: this.#left.subarray(0, length),
      right: this.#right.subarray(0, length),
      made: this.#made.subarray(0, length),
      length,
    }
  }
}

function doubled(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const twice = new Uint32Array(2 * array.length)
  twice.set(array)
  return twice
}
