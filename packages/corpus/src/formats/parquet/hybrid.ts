import { readRunHeader } from './run-header.ts'

/**
 * Decodes the hybrid of run lengths and packed bits in which Parquet writes levels and indices (Encodings.md, RLE = 3).
 *
 * @param width bits of a value, 0 to 32
 * @throws Error where the bytes end before `count` values
 */
export function decodeHybrid(bytes: Uint8Array, width: number, count: number): Uint32Array {
  const values = new Uint32Array(count)
  // All values are 0: nothing needs to be written.
  if (width === 0) return values
  if (width > 32) throw new Error(`values of ${width} bits`)
  const byteWidth = Math.ceil(width / 8)
  let at = 0
  for (let filled = 0; filled < count;) {
    const { isPacked, count: length, end: begin } = readRunHeader(bytes, at)
    at = begin
    if (!isPacked) {
      if (at + byteWidth > bytes.length) throw new Error('a run is cut')
      let value = 0
      for (let byte = 0; byte < byteWidth; byte++) value += bytes[at + byte]! * 2 ** (8 * byte)
      at += byteWidth
      const end = Math.min(count, filled + length)
      values.fill(value, filled, end)
      if (length === 0) throw new Error('a run of no values')
      filled = end
    } else {
      const packed = Math.min(count - filled, length * 8)
      if (packed === 0) throw new Error('a run of no values')
      if (at + Math.ceil((packed * width) / 8) > bytes.length) throw new Error('packed values are cut')
      unpack(bytes, at, width, values.subarray(filled, filled + packed))
      at += length * width
      filled += packed
    }
  }
  return values
}

/** Values of `width` bits, the lowest bit first. */
function unpack(bytes: Uint8Array, start: number, width: number, values: Uint32Array): void {
  let at = start
  let held = 0
  let bits = 0
  for (let index = 0; index < values.length; index++) {
    let value = 0
    for (let filled = 0; filled < width;) {
      if (bits === 0) {
        held = bytes[at++]!
        bits = 8
      }
      const taken = Math.min(bits, width - filled)
      value += (held & ((1 << taken) - 1)) * 2 ** filled
      held >>= taken
      bits -= taken
      filled += taken
    }
    values[index] = value
  }
}
