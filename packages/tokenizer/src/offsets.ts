import type { OffsetEncoding } from './encoding.ts'
import type { TokenDecoder } from './token-decoder.ts'

/** Byte offsets of tokens that follow one another without gaps. */
export function byteOffsets(ids: Uint32Array, decoder: TokenDecoder): Uint32Array {
  const offsets = new Uint32Array(ids.length + 1)
  for (let i = 0; i < ids.length; i++) offsets[i + 1] = offsets[i]! + decoder.byteLength(ids[i]!)
  return offsets
}

/** Turn byte offsets into UTF-16 ones; an offset inside a character becomes that character's. */
export function utf16Offsets({ ids, offsets }: OffsetEncoding, bytes: Uint8Array): OffsetEncoding {
  const result = new Uint32Array(offsets.length)
  let byte = 0
  let unit = 0
  for (let i = 0; i < offsets.length; i++) {
    const wanted = offsets[i]!
    while (byte < wanted) {
      const length = sequenceLength(bytes[byte]!)
      if (byte + length > wanted) break
      byte += length
      unit += length === 4 ? 2 : 1
    }
    result[i] = unit
  }
  return { ids, offsets: result }
}

function sequenceLength(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
}
