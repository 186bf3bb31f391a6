import { constants, zstdCompressSync } from 'node:zlib'
import { piecesOf } from './bgzf.ts'

/** How {@link zstdFrames} writes. */
export interface ZstdFrameOptions {
  /** Bytes of text of each frame. */
  readonly frameBytes: number
  /** Whether headers say how much text a frame gives: `pzstd` and streaming writers do not. */
  readonly sizes: boolean
  /** Appends the table of the seekable format. */
  readonly seekTable: boolean
  /** Changes what the table says of the frames, as stored and as text. */
  readonly lie?: (entries: (readonly [number, number])[]) => readonly (readonly [number, number])[]
}

/** A text in frames of zstd, with checksums. */
export function zstdFrames(
  text: Uint8Array,
  { frameBytes, sizes, seekTable, lie = (entries) => entries }: ZstdFrameOptions,
): Buffer {
  const params = {
    [constants.ZSTD_c_checksumFlag]: 1,
    [constants.ZSTD_c_contentSizeFlag]: sizes ? 1 : 0,
  }
  const pieces = piecesOf(text, frameBytes)
  const frames = pieces.map((piece) => zstdCompressSync(piece, { params }))
  if (!seekTable) return Buffer.concat(frames)
  const entries = lie(frames.map((frame, k) => [frame.length, pieces[k]!.length]))
  const table = Buffer.alloc(8 + entries.length * 8 + 9)
  table.writeUInt32LE(0x184d2a5e, 0)
  table.writeUInt32LE(table.length - 8, 4)
  for (const [k, [stored, plain]] of entries.entries()) {
    table.writeUInt32LE(stored, 8 + k * 8)
    table.writeUInt32LE(plain, 12 + k * 8)
  }
  table.writeUInt32LE(entries.length, table.length - 9)
  table.writeUInt32LE(0x8f92eab1, table.length - 4)
  return Buffer.concat([...frames, table])
}
