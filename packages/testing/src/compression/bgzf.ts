import { crc32, deflateRawSync, type ZlibOptions } from 'node:zlib'

/** One block of BGZF (the SAM format specification, section 4.1), as `bgzip` writes it. */
export function bgzfBlock(text: Uint8Array, options: ZlibOptions = {}): Buffer {
  const body = deflateRawSync(text, options)
  const byteLength = 18 + body.length + 8
  const header = Buffer.from('1f8b08040000000000ff0600424302000000', 'hex')
  header.writeUInt16LE(byteLength - 1, 16)
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(text), 0)
  trailer.writeUInt32LE(text.length, 4)
  return Buffer.concat([header, body, trailer])
}

/** What `bgzip` makes of a text: blocks of at most 65,280 bytes, and one without content at the end. */
export function bgzf(text: Uint8Array, blockBytes: number = 65_280): Buffer {
  return Buffer.concat([
    ...piecesOf(text, blockBytes).map((piece) => bgzfBlock(piece)),
    bgzfBlock(new Uint8Array(0)),
  ])
}

/** A text in pieces of some bytes. */
export function piecesOf(text: Uint8Array, pieceBytes: number): Uint8Array[] {
  const count = Math.ceil(text.length / pieceBytes)
  return Array.from({ length: count }, (_, k) => text.subarray(k * pieceBytes, (k + 1) * pieceBytes))
}
