import { begins } from '../bytes/begins.ts'
import { WindowReader } from '../bytes/window-reader.ts'
import type { SeekableSource } from './block.ts'

const frameHeaderBytes = 8
const footerBytes = 9

/** What a seek table says of one frame. */
export interface SeekTableEntry {
  readonly storedBytes: number
  readonly plainBytes: number
}

/** The seek table at the end of a source: read entry by entry, for there may be millions. */
export interface SeekTable {
  /** Undefined beyond the last one. */
  entry(frame: number): Promise<SeekTableEntry | undefined>
}

/**
 * Opens the table of the seekable zstd format (version 0.1.0), which lies in a skippable frame at the end of the source. Returns
 * undefined where there is none, or none whose size fits its footer. What its entries say is nobody's promise: it is for the caller to
 * compare.
 */
export async function openSeekTable(source: SeekableSource): Promise<SeekTable | undefined> {
  const { byteLength } = source
  if (byteLength < frameHeaderBytes + footerBytes) return undefined
  const footer = await source.read(byteLength - footerBytes, byteLength)
  if (!begins(footer, '\u00b1\u00ea\u0092\u008f', 5)) return undefined
  const frames = uint32(footer, 0)
  const descriptor = footer[4]!
  if ((descriptor & 0x7c) !== 0) return undefined
  const entryBytes = (descriptor & 0x80) === 0 ? 8 : 12
  const contentBytes = frames * entryBytes + footerBytes
  const start = byteLength - frameHeaderBytes - contentBytes
  if (start < 0) return undefined
  const header = await source.read(start, start + frameHeaderBytes)
  if (!begins(header, '\u005e\u002a\u004d\u0018') || uint32(header, 4) !== contentBytes) return undefined
  const reader = new WindowReader(source, byteLength)
  return {
    async entry(frame) {
      if (frame >= frames) return undefined
      const bytes = await reader.from(start + frameHeaderBytes + frame * entryBytes, 8)
      return { storedBytes: uint32(bytes, 0), plainBytes: uint32(bytes, 4) }
    },
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true)
}
