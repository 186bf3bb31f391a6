import { CorpusError } from '../../errors.ts'
import { batchTooLarge, brokenArrow } from './arrow-error.ts'
import { FileEnd } from './file-end.ts'
import { arrowFraming, fileMagicBytes, fileMark } from './framing.ts'
import type { MessageContent } from './metadata.ts'

/** One message of a stream with its body, in memory of its own. */
export interface ArrowMessage {
  readonly content: MessageContent
  readonly body: Uint8Array
  /** Offset of the message in the source. */
  readonly position: number
}

/** Where a stream of messages comes from. */
export interface MessageOrigin {
  readonly source: string
  /** Offset of the first byte in the source. */
  readonly position: number
  /** Whether these are some messages out of a source: they have neither a schema nor an end mark. */
  readonly isPart: boolean
  readonly maxBatchBytes: number
}

/** Memory taken on the word of a length in the data; more only as bytes really come. */
const trustedBytes = 1 << 23

/**
 * Reads the messages of a stream or of a file from its beginning. In a file, the footer must list as many record batches as
 * there were: a message that a damaged length hides must not be missed.
 *
 * @throws CorpusError `broken-file` if the end mark is missing: a cut stream must not pass for a shorter table;
 *   `too-large` if a message has more than `maxBatchBytes`
 */
export async function* readMessages(
  chunks: AsyncIterable<Uint8Array>,
  { source, position: start, isPart, maxBatchBytes }: MessageOrigin,
): AsyncGenerator<ArrowMessage, void, undefined> {
  const { readFrame } = await arrowFraming()
  let held = new Uint8Array(1 << 12)
  let filled = 0
  let position = start
  /** Bytes needed before the next message can be looked at again. */
  let needed = 8
  let schemaSeen = false
  let batches = 0
  let end: FileEnd | undefined
  let isFile = false
  for await (const chunk of chunks) {
    let at = 0
    while (at < chunk.length && end === undefined) {
      if (filled === held.length) held = grown(held, needed)
      const step = Math.min(needed, held.length, filled + chunk.length - at) - filled
      held.set(chunk.subarray(at, at + step), filled)
      filled += step
      at += step
      if (filled < needed) continue
      if (position === 0 && isFileMagic(held)) {
        isFile = true
        position = fileMagicBytes
        filled = 0
        continue
      }
      const frame = readFrame(held.subarray(0, filled), source, position)
      if (frame === 'end') {
        if (isPart) throw brokenArrow(source, position, 'an end mark lies between the record batches')
        end = new FileEnd(source, isFile)
        break
      }
      const total = typeof frame === 'number' ? frame : frame.headBytes + frame.bodyBytes
      if (total > maxBatchBytes) throw batchTooLarge(source, position, total, maxBatchBytes)
      if (typeof frame === 'number' || total > filled) {
        needed = total
        continue
      }
      const { content, headBytes } = frame
      if (content.kind === 'schema' && schemaSeen)
        throw brokenArrow(source, position, 'it has a second schema')
      if (content.kind === 'batch') batches++
      if (content.kind === 'schema') schemaSeen = true
      else if (!schemaSeen && !isPart) throw schemaAtEnd(source)
      yield { content, body: held.subarray(headBytes, total), position }
      position += total
      held = new Uint8Array(1 << 12)
      filled = 0
      needed = 8
    }
    end?.add(chunk.subarray(at))
  }
  if (isPart && filled === 0) return
  if (end === undefined) throw brokenArrow(source, position + filled, 'it ends without its end mark')
  await end.check(position, batches)
}

/** Grows by what is really there, not by what a damaged length claims. */
function grown(held: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(needed, Math.max(held.length * 2, trustedBytes)))
  larger.set(held)
  return larger
}

function isFileMagic(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, 8).toString('latin1') === `${fileMark}\0\0`
}

function schemaAtEnd(source: string): CorpusError {
  const message =
    'this Arrow file has its schema at its end only, so it must be a plain file; decompress it or save it to a file'
  return new CorpusError('not-seekable', message, { source })
}
