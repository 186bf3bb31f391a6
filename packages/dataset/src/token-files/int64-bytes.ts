/** Whole numbers as little-endian int64, without a bigint for each. */
export function int64Bytes(numbers: ArrayLike<number>): Uint8Array {
  const words = new Uint32Array(2 * numbers.length)
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at]!
    words[2 * at] = number
    words[2 * at + 1] = number / 0x1_0000_0000
  }
  return new Uint8Array(words.buffer)
}
