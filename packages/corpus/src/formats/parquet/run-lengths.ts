import { readRunHeader } from './run-header.ts'

/**
 * Walks over the hybrid of run lengths and packed bits in which Parquet writes levels and indices (Encodings.md, RLE = 3), and refuses a
 * run that is longer than what is left of a page: hyparquet would make it all the same, of two billion values. What is behind the last
 * value is not looked at.
 *
 * @param width bits of a value, 1 to 32
 * @param most values of the page
 * @param wanted a value
 * @returns how often the wanted value stands there
 * @throws Error for a run that is too long or cut
 */
export function checkRunLengths(bytes: Uint8Array, width: number, most: number, wanted = 0): number {
  let found = 0
  let at = 0
  for (let seen = 0; seen < most;) {
    const { isPacked, count, end } = readRunHeader(bytes, at)
    at = end
    if (isPacked) {
      // Eight values at a time: those behind the last one of the page are passed over.
      const used = Math.min(count * 8, most - seen)
      if (at + Math.ceil((used * width) / 8) > bytes.length) throw new Error('packed values are cut')
      for (let place = 0; place < used; place++) {
        if (valueAt(bytes, 8 * at + place * width, width) === wanted) found++
      }
      at += count * width
      seen += count * 8
    } else {
      if (count > most - seen) throw new Error(`a run of ${count} values where ${most - seen} are left`)
      const byteWidth = Math.ceil(width / 8)
      if (at + byteWidth > bytes.length) throw new Error('a run is cut')
      if (valueAt(bytes, 8 * at, 8 * byteWidth) === wanted) found += count
      at += byteWidth
      seen += count
    }
  }
  return found
}

/** The value of `width` bits from a bit on, the lowest bit first. */
function valueAt(bytes: Uint8Array, bit: number, width: number): number {
  let value = 0
  for (let done = 0; done < width;) {
    const offset = (bit + done) % 8
    const taken = Math.min(8 - offset, width - done)
    value += ((bytes[(bit + done - offset) / 8]! >> offset) & ((1 << taken) - 1)) * 2 ** done
    done += taken
  }
  return value
}
