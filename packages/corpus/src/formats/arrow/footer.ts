import { corpusLimits } from '../../limits.ts'
import type { ByteSource } from '../../bytes/byte-source.ts'
import { brokenArrow } from './arrow-error.ts'
import { fileMark } from './framing.ts'
import { loadArrowMetadata, type ArrowFooter } from './metadata.ts'

/** The footer's length and the mark at the end of an Arrow file. */
export const trailerBytes: number = 4 + fileMark.length

/** @throws CorpusError `broken-file` if the file does not end as an Arrow file does: it was cut */
export async function readArrowFooter(source: ByteSource, byteLength: number): Promise<ArrowFooter> {
  const trailer =
    byteLength < 2 * trailerBytes
      ? new Uint8Array(0)
      : await source.read(byteLength - trailerBytes, byteLength)
  if (Buffer.from(trailer.subarray(4)).toString('latin1') !== fileMark) {
    throw brokenArrow(source.name, byteLength, `it does not end with ${fileMark}`)
  }
  const length = new DataView(trailer.buffer, trailer.byteOffset).getInt32(0, true)
  const start = byteLength - trailerBytes - length
  if (length <= 0 || start < 0 || length > corpusLimits.metadataBytes.most)
    throw brokenArrow(source.name, byteLength, 'its footer has no valid length')
  return decodeFooter(await source.read(start, byteLength - trailerBytes), source.name, start)
}

/** @throws CorpusError `broken-file` */
export async function decodeFooter(
  bytes: Uint8Array,
  source: string,
  position: number,
): Promise<ArrowFooter> {
  const { readFooter } = await loadArrowMetadata()
  try {
    return readFooter(bytes)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw brokenArrow(source, position, `its footer cannot be understood (${why})`, cause)
  }
}
