/** Output of LZ4 blocks that never has more bytes than it should. */
export class Lz4Output {
  readonly bytes: Uint8Array
  length = 0
  /** A block gives at most this much, and a match may go back to here. */
  #blockEnd = 0
  #historyStart = 0

  constructor(byteLength: number) {
    this.bytes = new Uint8Array(byteLength)
  }

  /** @param linked whether matches may reach into earlier blocks */
  beginBlock(maxBytes: number, linked: boolean): void {
    this.#blockEnd = Math.min(this.bytes.length, this.length + maxBytes)
    if (!linked) this.#historyStart = this.length
  }

  append(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#blockEnd) throw new Error('an LZ4 block gives too many bytes')
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** Copies bytes of the output from `distance` back; they may overlap what they make. */
  repeat(distance: number, length: number): void {
    const from = this.length - distance
    if (distance === 0 || from < this.#historyStart) throw new Error('an LZ4 match points before the output')
    if (this.length + length > this.#blockEnd) throw new Error('an LZ4 block gives too many bytes')
    const { bytes } = this
    if (distance >= length) bytes.copyWithin(this.length, from, from + length)
    else for (let k = 0; k < length; k++) bytes[this.length + k] = bytes[from + k]!
    this.length += length
  }
}

/** The last match of a block begins this far before its end or earlier, and the last literals are no fewer (LZ4 block format). */
const endLiterals = 5

/** @throws Error if the block is cut or damaged */
export function decodeLz4Block(block: Uint8Array, output: Lz4Output): void {
  let at = 0
  const more = (length: number): number => {
    let total = length
    if (length !== 15) return total
    for (;;) {
      const byte = block[at++]
      if (byte === undefined) throw new Error('an LZ4 block ends within a length')
      total += byte
      if (byte !== 255) return total
    }
  }
  let matched = false
  while (at < block.length) {
    const token = block[at++]!
    const literals = more(token >> 4)
    if (at + literals > block.length) throw new Error('an LZ4 block ends within its literals')
    output.append(block.subarray(at, at + literals))
    at += literals
    if (at === block.length) {
      if (matched && literals < endLiterals) throw new Error('an LZ4 block ends with too few literals')
      return
    }
    if (at + 2 > block.length) throw new Error('an LZ4 block ends within an offset')
    const distance = block[at]! | (block[at + 1]! << 8)
    at += 2
    output.repeat(distance, more(token & 15) + 4)
    matched = true
  }
  throw new Error('an LZ4 block ends with a match')
}
