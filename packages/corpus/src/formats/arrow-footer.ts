import type { Footer } from 'apache-arrow/ipc/metadata/file'
import type { ByteSource } from '../sources/byte-source.ts'
import { brokenArrow } from './arrow-framing.ts'
import { loadArrowMetadata } from './arrow-metadata.ts'

/** The footer's length and the mark at the end of an Arrow file. */
const trailerBytes = 10

/** @throws CorpusError `broken-file` if the file does not end as an Arrow file does: it was cut */
export async function readArrowFooter(source: ByteSource, byteLength: number): Promise<Footer> {
  const trailer =
    byteLength < 2 * trailerBytes
      ? new Uint8Array(0)
      : await source.read(byteLength - trailerBytes, byteLength)
  if (Buffer.from(trailer.subarray(4)).toString('latin1') !== 'ARROW1') {
    throw brokenArrow(source.name, byteLength, 'it does not end with ARROW1')
  }
  const length = new DataView(trailer.buffer, trailer.byteOffset).getInt32(0, true)
  const start = byteLength - trailerBytes - length
  if (length <= 0 || start < 0) throw brokenArrow(source.name, byteLength, 'its footer has no valid length')
  // The footer's decoder needs what the main module sets up.
  await import('apache-arrow')
  const { Footer: Decoder } = await import('apache-arrow/ipc/metadata/file')
  const { checkFooter } = await loadArrowMetadata()
  const bytes = await source.read(start, byteLength - trailerBytes)
  try {
    checkFooter(bytes)
    return Decoder.decode(bytes)
  } catch (cause) {
    throw brokenArrow(source.name, start, 'its footer cannot be understood', cause)
  }
}

/** The schema as the message that begins an Arrow stream; some writers put it in a file's footer only. */
export async function schemaMessage(footer: Footer): Promise<Uint8Array> {
  const { Message } = await import('apache-arrow')
  const metadata = Message.encode(Message.from(footer.schema))
  const padded = (metadata.length + 7) & ~7
  const bytes = new Uint8Array(8 + padded)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, -1, true)
  view.setInt32(4, padded, true)
  bytes.set(metadata, 8)
  return bytes
}
