import type { EncodeRange } from '../bpe/piece-encoder.ts'

/** Words of an entry, 64 bytes: eight of the key, one that holds its length and how many ids there are, seven ids. */
const entryWords = 16
const longestKey = 32
const mostIds = 7

/**
 * Remembers the ids of short ranges in at most `cacheBytes` (a power of two of 64-byte entries): a range is where its hash
 * says, and drives out the one that was there. Longer ranges, and those of many ids, go to `inner` every time. `inner` must
 * give ids that depend on the range's bytes alone.
 */
export function withWordCache(inner: EncodeRange, cacheBytes: number): EncodeRange {
  const bits = Math.floor(Math.log2(cacheBytes / (4 * entryWords)))
  if (bits < 1) return inner
  const entries = new Int32Array(entryWords << bits)
  const shift = 32 - bits
  let viewed: Uint8Array = new Uint8Array(4)
  let view = new DataView(viewed.buffer)

  return function encode(bytes, start, end, target, at) {
    const length = end - start
    // The last word of a key is read whole, so the three bytes after it must be there.
    if (length > longestKey || length === 0 || start + longestKey > bytes.length) {
      return inner(bytes, start, end, target, at)
    }
    if (bytes !== viewed) {
      viewed = bytes
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    const whole = length >> 2
    const lastMask = (1 << ((length & 3) << 3)) - 1
    let hash = length
    for (let i = 0; i < whole; i++) hash = mix(hash, view.getInt32(start + 4 * i, true))
    const last = view.getInt32(start + 4 * whole - (whole === 8 ? 4 : 0), true) & lastMask
    hash = mix(hash, last)
    const entry = (Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> shift) << 4
    const header = entries[entry + 8]!
    if (header >>> 8 === length) {
      let i = 0
      while (i < whole && entries[entry + i] === view.getInt32(start + 4 * i, true)) i++
      if (i === whole && (whole === 8 || entries[entry + whole] === last)) {
        const count = header & 0xff
        for (let id = 0; id < count; id++) target[at + id] = entries[entry + 9 + id]!
        return at + count
      }
    }
    const out = inner(bytes, start, end, target, at)
    const count = out - at
    if (count <= mostIds) {
      for (let i = 0; i < whole; i++) entries[entry + i] = view.getInt32(start + 4 * i, true)
      if (whole < 8) entries[entry + whole] = last
      entries[entry + 8] = (length << 8) | count
      for (let id = 0; id < count; id++) entries[entry + 9 + id] = target[at + id]!
    }
    return out
  }
}

function mix(hash: number, word: number): number {
  return (Math.imul(hash ^ word, 0x9e3779b1) + (hash >>> 13)) | 0
}
