import type { ByteSource } from '../sources/byte-source.ts'
import { readArrowFooter } from './arrow-footer.ts'
import { arrowFraming, brokenArrow, fileMagicBytes, type ArrowFormat } from './arrow-framing.ts'

/** Where the parts of an Arrow IPC source lie. */
export interface ArrowIndex {
  /** Bytes of the schema and the dictionaries. */
  readonly prelude: { readonly start: number; readonly end: number }
  readonly batches: readonly RecordBatchPlace[]
}

/** Bytes `[start, end)` of one record batch, and its rows. */
interface RecordBatchPlace {
  readonly start: number
  readonly end: number
  readonly rows: number
  readonly byteLength: number
}

/** Bytes read for a message's metadata at first: enough for most. */
const metadataBytes = 4096

/**
 * Goes from message to message without reading their bodies.
 * @returns `undefined` if dictionaries change between record batches, so that a batch cannot be read on its own
 * @throws CorpusError `broken-file` if the source is cut or damaged
 */
export async function indexArrow(
  source: ByteSource,
  byteLength: number,
  format: ArrowFormat,
): Promise<ArrowIndex | undefined> {
  const { readFrame } = await arrowFraming()
  if (format === 'arrow-file') await readArrowFooter(source, byteLength)
  const start = format === 'arrow-file' ? fileMagicBytes : 0
  const batches: RecordBatchPlace[] = []
  let preludeEnd = start
  for (let at = start; ;) {
    if (at >= byteLength) throw brokenArrow(source.name, at, 'it ends without its end mark')
    let head = await source.read(at, Math.min(at + metadataBytes, byteLength))
    let frame = readFrame(head, source.name, at)
    if (typeof frame === 'number') {
      if (at + frame > byteLength) throw brokenArrow(source.name, at, 'it ends within a message')
      head = await source.read(at, at + frame)
      frame = readFrame(head, source.name, at)
    }
    if (frame === 'end') return { prelude: { start, end: preludeEnd }, batches }
    if (typeof frame === 'number') throw brokenArrow(source.name, at, 'it ends within a message')
    const end = at + frame.headBytes + frame.bodyBytes
    if (end > byteLength) throw brokenArrow(source.name, at, 'it ends within a message')
    if (frame.rows !== undefined) batches.push({ start: at, end, rows: frame.rows, byteLength: end - at })
    else if (batches.length > 0) return undefined
    else preludeEnd = end
    at = end
  }
}
