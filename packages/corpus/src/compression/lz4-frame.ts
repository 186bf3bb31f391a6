/**
 * Decodes one LZ4 frame (the LZ4 frame format, version 1.6.4), as Arrow IPC uses it. Blocks go into one buffer, so linked
 * blocks find their history there. The frame's checksums are passed over: Arrow writers do not set them.
 * @throws Error if the frame is cut or damaged, or gives more than `maxBytes`
 */
export function decodeLz4Frame(frame: Uint8Array, maxBytes: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length)
  if (frame.length < 7 || view.getUint32(0, true) !== 0x184d2204) throw new Error('not an LZ4 frame')
  const flags = view.getUint8(4)
  if (flags >> 6 !== 1) throw new Error('unknown version of the LZ4 frame format')
  const blockChecksum = (flags & 0x10) === 0 ? 0 : 4
  const output = new GrowingBytes(maxBytes)
  let at = 7 + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4)
  for (;;) {
    const size = view.getUint32(at, true)
    at += 4
    if (size === 0) return output.bytes.subarray(0, output.length)
    const stored = size & 0x7fffffff
    if (at + stored > frame.length) throw new Error('the LZ4 frame ends within a block')
    const block = frame.subarray(at, at + stored)
    if (size >>> 31 === 1) output.append(block)
    else decodeLz4Block(block, output)
    at += stored + blockChecksum
  }
}

/** Output that grows as it must. */
class GrowingBytes {
  bytes = new Uint8Array(1 << 16)
  length = 0
  readonly #maxBytes: number

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    if (needed > this.#maxBytes) throw new Error(`LZ4 data gives more than ${this.#maxBytes} bytes`)
    const larger = new Uint8Array(Math.min(this.#maxBytes, Math.max(needed, this.bytes.length * 2)))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** Copies bytes of the output from `distance` back; they may overlap what they make. */
  repeat(distance: number, length: number): void {
    const from = this.length - distance
    if (distance === 0 || from < 0) throw new Error('an LZ4 match points before the output')
    this.reserve(length)
    const { bytes } = this
    if (distance >= length) bytes.copyWithin(this.length, from, from + length)
    else for (let k = 0; k < length; k++) bytes[this.length + k] = bytes[from + k]!
    this.length += length
  }
}

function decodeLz4Block(block: Uint8Array, output: GrowingBytes): void {
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
  while (at < block.length) {
    const token = block[at++]!
    const literals = more(token >> 4)
    if (at + literals > block.length) throw new Error('an LZ4 block ends within its literals')
    output.append(block.subarray(at, at + literals))
    at += literals
    if (at === block.length) return
    if (at + 2 > block.length) throw new Error('an LZ4 block ends within an offset')
    const distance = block[at]! | (block[at + 1]! << 8)
    at += 2
    output.repeat(distance, more(token & 15) + 4)
  }
}
