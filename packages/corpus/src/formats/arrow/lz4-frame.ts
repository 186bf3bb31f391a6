import { xxh32 } from './xxh32.ts'
import { decodeLz4Block, Lz4Output } from './lz4-block.ts'

/**
 * Decodes one LZ4 frame (LZ4 frame format 1.6.4), as Arrow IPC uses it, into exactly `byteLength` bytes. Blocks go into one
 * buffer, so linked blocks find their history there. Every length and checksum of the frame is checked.
 *
 * @throws Error if the frame is cut or damaged, needs a dictionary, or gives more than `byteLength` bytes
 */
export function decodeLz4Frame(frame: Uint8Array, byteLength: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length)
  if (frame.length < 7 || view.getUint32(0, true) !== 0x184d2204) throw new Error('not an LZ4 frame')
  const flags = view.getUint8(4)
  const blockSizes = view.getUint8(5)
  const blockSize = (blockSizes >> 4) & 7
  if (flags >> 6 !== 1 || (flags & 2) !== 0) throw new Error('unknown version of the LZ4 frame format')
  if ((blockSizes & 0x8f) !== 0 || blockSize < 4) throw new Error('an LZ4 frame with unknown block sizes')
  if ((flags & 1) !== 0) throw new Error('an LZ4 frame that needs a dictionary')
  const linked = (flags & 0x20) === 0
  const blockChecksums = (flags & 0x10) !== 0
  const contentSize = (flags & 0x08) === 0 ? undefined : Number(view.getBigUint64(6, true))
  const headerEnd = contentSize === undefined ? 6 : 14
  if (((xxh32(frame.subarray(4, headerEnd)) >>> 8) & 0xff) !== view.getUint8(headerEnd))
    throw new Error('the header of an LZ4 frame does not have its checksum')
  const output = new Lz4Output(byteLength)
  const maxBlock = 1 << (8 + 2 * blockSize)
  let at = headerEnd + 1
  for (;;) {
    const size = view.getUint32(at, true)
    at += 4
    if (size === 0) break
    const stored = size & 0x7fffffff
    if (stored > maxBlock || at + stored > frame.length) throw new Error('an LZ4 block has no valid length')
    const block = frame.subarray(at, at + stored)
    at += stored
    if (blockChecksums) {
      if (xxh32(block) !== view.getUint32(at, true))
        throw new Error('an LZ4 block does not have its checksum')
      at += 4
    }
    output.beginBlock(maxBlock, linked)
    if (size >>> 31 === 1) output.append(block)
    else decodeLz4Block(block, output)
  }
  const bytes = output.bytes.subarray(0, output.length)
  if ((flags & 0x04) !== 0) {
    if (xxh32(bytes) !== view.getUint32(at, true)) throw new Error('an LZ4 frame does not have its checksum')
    at += 4
  }
  if (contentSize !== undefined && contentSize !== bytes.length) throw new Error('an LZ4 frame lacks content')
  if (at !== frame.length) throw new Error('something follows the end of an LZ4 frame')
  return bytes
}
