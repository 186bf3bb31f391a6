import type { Draw } from './draw.ts'

/** Values at the borders of what lengths, offsets and counts may be. */
const numbers = [
  0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, -0x80000000,
]

type Mutation = (bytes: Buffer, draw: Draw) => Buffer

const mutations: readonly Mutation[] = [
  (bytes, draw) => {
    bytes[draw.below(bytes.length)]! ^= 1 << draw.below(8)
    return bytes
  },
  (bytes, draw) => {
    bytes[draw.below(bytes.length)] = draw.below(256)
    return bytes
  },
  (bytes, draw) => {
    if (bytes.length >= 4) bytes.writeInt32LE(draw.from(numbers), draw.below(bytes.length - 3))
    return bytes
  },
  (bytes, draw) => {
    if (bytes.length < 8) return bytes
    bytes.writeBigInt64LE(BigInt(draw.from(numbers)), draw.below((bytes.length - 8) >> 3) * 8)
    return bytes
  },
  (bytes, draw) => bytes.subarray(0, draw.below(bytes.length)),
  (bytes, draw) => {
    const at = draw.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + draw.below(16))])
  },
  (bytes, draw) => {
    const at = draw.below(bytes.length)
    const from = draw.below(bytes.length)
    const piece = bytes.subarray(from, from + 1 + draw.below(64))
    return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
  },
  (bytes, draw) => Buffer.concat([bytes, Buffer.alloc(draw.below(9), draw.from([0, 0, 0x0a, 0xff]))]),
]

/** Changes bytes a little, in up to four places. */
export function mutate(original: Uint8Array, draw: Draw): Uint8Array {
  let bytes: Buffer = Buffer.from(original)
  for (let left = draw.chance(0.6) ? 1 : 2 + draw.below(3); left > 0 && bytes.length > 0; left--)
    bytes = draw.from(mutations)(bytes, draw)
  return new Uint8Array(bytes)
}
