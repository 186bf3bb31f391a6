import type { Format } from '../format.ts'
import type { ByteSource } from '../../bytes/byte-source.ts'
import { brokenArrow } from './arrow-error.ts'
import { readArrowFooter } from './footer.ts'
import { arrowFraming, fileMagicBytes, type ArrowFrame, type ReadFrame } from './framing.ts'
import type { FooterBlock } from './metadata.ts'

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
 * Steps from message to message without reading their bodies. In a file the footer must list the same record batches.
 * Returns `undefined` if dictionaries change between record batches, so that a batch cannot be read on its own.
 *
 * @throws CorpusError `broken-file` if the source is cut or damaged
 */
export async function indexArrow(
  source: ByteSource,
  byteLength: number,
  format: Extract<Format, `arrow-${string}`>,
): Promise<ArrowIndex | undefined> {
  const { readFrame } = await arrowFraming()
  const listed = format === 'arrow-file' ? (await readArrowFooter(source, byteLength)).batches : undefined
  const start = format === 'arrow-file' ? fileMagicBytes : 0
  const batches: RecordBatchPlace[] = []
  let preludeEnd = start
  let interleaved = false
  for (let at = start; ;) {
    const frame = await frameAt(source, at, byteLength, readFrame)
    if (frame === 'end') {
      checkEnd(source.name, at, { batches, listed, byteLength })
      return interleaved ? undefined : { prelude: { start, end: preludeEnd }, batches }
    }
    const end = at + frame.headBytes + frame.bodyBytes
    if (end > byteLength) throw brokenArrow(source.name, at, 'it ends within a message')
    if (frame.content.kind === 'batch') {
      const { rows } = frame.content
      if (listed !== undefined) checkBlock(source.name, at, frame, listed[batches.length])
      batches.push({ start: at, end, rows, byteLength: end - at })
    } else if (batches.length > 0) interleaved = true
    else preludeEnd = end
    at = end
  }
}

async function frameAt(
  source: ByteSource,
  at: number,
  byteLength: number,
  readFrame: ReadFrame,
): Promise<ArrowFrame | 'end'> {
  if (at + 8 > byteLength) throw brokenArrow(source.name, at, 'it ends without its end mark')
  for (let length = metadataBytes; ;) {
    const head = await source.read(at, Math.min(at + length, byteLength))
    const frame = readFrame(head, source.name, at)
    if (typeof frame !== 'number') return frame
    if (at + frame > byteLength) throw brokenArrow(source.name, at, 'it ends within a message')
    length = frame
  }
}

function checkBlock(
  source: string,
  at: number,
  { headBytes, bodyBytes }: ArrowFrame,
  block: FooterBlock | undefined,
): void {
  if (block?.offset === at && block.headBytes === headBytes && block.bodyBytes === bodyBytes) return
  throw brokenArrow(source, at, 'its footer lists another record batch than lies here')
}

/** Bytes of the end mark: a continuation mark and a length of 0, or before version 0.15 the length alone. */
const endMarkBytes = 8

function checkEnd(
  source: string,
  at: number,
  {
    batches,
    listed,
    byteLength,
  }: {
    readonly batches: readonly RecordBatchPlace[]
    readonly listed: readonly FooterBlock[] | undefined
    readonly byteLength: number
  },
): void {
  if (listed !== undefined && listed.length !== batches.length) {
    const what = `its footer lists ${listed.length} record batches, it has ${batches.length}`
    throw brokenArrow(source, at, what)
  }
  if (listed === undefined && at + endMarkBytes < byteLength)
    throw brokenArrow(source, at, 'something follows its end mark')
}
