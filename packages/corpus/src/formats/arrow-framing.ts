import { CorpusError } from '../errors.ts'
import { loadArrowMetadata, type MessageFacts } from './arrow-metadata.ts'

export type ArrowFormat = 'arrow-file' | 'arrow-stream'

/** `ARROW1` and two bytes of padding, before the messages of an Arrow file. */
export const fileMagicBytes = 8

/** At the very end of an Arrow file. */
const fileEnd = 'ARROW1'

/** One message: the length of its head (lengths and metadata), and what the metadata says. */
interface ArrowFrame extends MessageFacts {
  readonly headBytes: number
}

/**
 * Reads the head of the message at the beginning of `bytes`.
 * @returns `end` at the end mark; a number if more bytes are needed, and how many
 */
export type ReadFrame = (bytes: Uint8Array, source: string, position: number) => ArrowFrame | 'end' | number

/** Memory taken on the word of a length in the data; more only as bytes really come. */
const trustedBytes = 1 << 25

/** Metadata of one message beyond this is not believed. */
const maxMetadataBytes = 1 << 28

/** apache-arrow is loaded only when an Arrow source is read. */
export async function arrowFraming(): Promise<{ readFrame: ReadFrame }> {
  const { readMessage } = await loadArrowMetadata()
  const readFrame: ReadFrame = (bytes, source, position) => {
    if (bytes.length < 8) return 8
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const first = view.getInt32(0, true)
    // Before format version 0.15 there was no continuation mark.
    const prefix = first === -1 ? 8 : 4
    const length = first === -1 ? view.getInt32(4, true) : first
    if (length === 0) return 'end'
    if (length < 0 || length > maxMetadataBytes)
      throw brokenArrow(source, position, 'a message has no valid length')
    const headBytes = prefix + length
    if (bytes.length < headBytes) return headBytes
    try {
      return { headBytes, ...readMessage(bytes.subarray(prefix, headBytes)) }
    } catch (cause) {
      throw brokenArrow(source, position, 'a message cannot be understood', cause)
    }
  }
  return { readFrame }
}

/**
 * The messages of a stream, each in memory of its own, up to and with the end mark.
 * @throws CorpusError `broken-file` if the end mark is missing: a cut stream must not pass for a shorter table;
 *   `too-large` if a message has more than `maxBatchBytes`
 */
export async function* frameMessages(
  chunks: AsyncIterable<Uint8Array>,
  source: string,
  maxBatchBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { readFrame } = await arrowFraming()
  let held = new Uint8Array(1 << 16)
  let filled = 0
  let position = 0
  /** Bytes needed before the next message can be looked at again. */
  let needed = 8
  let schemaSeen = false
  let isFile = false
  let ended = false
  /** Last bytes after the end mark of a file. */
  let tail: Uint8Array = new Uint8Array(0)
  for await (const chunk of chunks) {
    if (ended) {
      tail = Buffer.concat([tail, chunk]).subarray(-fileEnd.length)
      continue
    }
    let at = 0
    while (at < chunk.length) {
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
        ended = true
        tail = Buffer.from(chunk.subarray(at))
        break
      }
      const total = typeof frame === 'number' ? frame : frame.headBytes + frame.bodyBytes
      if (total > maxBatchBytes) throw tooLarge(source, position, total, maxBatchBytes)
      if (total > filled) {
        needed = total
        continue
      }
      schemaSeen ||= typeof frame !== 'number' && frame.isSchema
      if (!schemaSeen) throw schemaAtEnd(source)
      yield held.slice(0, total)
      position += total
      filled = 0
      needed = 8
    }
    if (ended && !isFile) break
  }
  if (ended && (!isFile || Buffer.from(tail).toString('latin1').endsWith(fileEnd))) {
    yield Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0)
    return
  }
  if (ended) throw brokenArrow(source, position, `it does not end with ${fileEnd}`)
  throw brokenArrow(source, position + filled, 'it ends without its end mark')
}

/** Grows by what is really there, not by what a damaged length claims. */
function grown(held: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(needed, Math.max(held.length * 2, trustedBytes)))
  larger.set(held)
  return larger
}

function isFileMagic(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, 8).toString('latin1') === 'ARROW1\0\0'
}

export function brokenArrow(source: string, position: number, what: string, cause?: unknown): CorpusError {
  const message = `the Arrow data is cut or damaged: ${what} (byte ${position}); fetch it again`
  return new CorpusError('broken-file', message, { source, position, cause })
}

function schemaAtEnd(source: string): CorpusError {
  const message =
    'this Arrow file has its schema at its end only, so it must be a plain file; decompress it or save it to a file'
  return new CorpusError('not-seekable', message, { source })
}

function tooLarge(source: string, position: number, bytes: number, limit: number): CorpusError {
  const message = `a record batch has ${bytes} bytes, more than the limit of ${limit}; write smaller batches or raise maxBatchBytes`
  return new CorpusError('too-large', message, { source, position })
}
