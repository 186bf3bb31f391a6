import { Message, type Schema } from 'apache-arrow'
import { Footer } from 'apache-arrow/ipc/metadata/file'
import { DatasetError } from '../error.ts'
import type { PartFormat } from '../layout/layout.ts'
import type { ReadHandle } from '../storage/storage.ts'
import type { Reading } from '../reader/reading.ts'
import { endOfStream, fileMagic, prefixByteLength, type BatchBlock } from './framing.ts'

/** Where the messages of a part lie. */
export interface PartFrame {
  readonly schema: Schema
  readonly blocks: readonly BatchBlock[]
}

/** Headers of our parts take a few hundred bytes; lengths come from the file and are not trusted. */
const largestHeaderByteLength = 1 << 20

/** The error for bytes that are not what they should be. */
export function corruptAt(handle: ReadHandle, position: number, what: string, cause?: unknown): DatasetError {
  return new DatasetError('corrupt', `${handle.name} is damaged at byte ${position}: ${what}`, {
    file: handle.name,
    position,
    cause,
  })
}

/** Finds the schema and the record batches of a part, reading headers only. */
export function readPartFrame(
  handle: ReadHandle,
  format: PartFormat,
  expectedBatches: number,
): Reading<PartFrame> {
  return format === 'file' ? readFileFrame(handle, expectedBatches) : readStreamFrame(handle, expectedBatches)
}

function* readFileFrame(handle: ReadHandle, expectedBatches: number): Reading<PartFrame> {
  const head = new Uint8Array(fileMagic.byteLength)
  const tail = new Uint8Array(4 + 6)
  const tailAt = handle.byteLength - tail.byteLength
  if (tailAt < head.byteLength) throw corruptAt(handle, 0, 'too short for an Arrow file')
  yield { handle, target: head, position: 0 }
  yield { handle, target: tail, position: tailAt }
  if (Buffer.compare(head, fileMagic) !== 0) throw corruptAt(handle, 0, 'expected the magic bytes ARROW1')
  if (Buffer.compare(tail.subarray(4), fileMagic.subarray(0, 6)) !== 0) {
    throw corruptAt(handle, tailAt + 4, 'expected the magic bytes ARROW1 at the end')
  }
  const footerByteLength = int32At(tail, 0)
  const footerAt = tailAt - footerByteLength
  const mostBytes = largestHeaderByteLength + 32 * expectedBatches
  if (footerByteLength <= 0 || footerByteLength > mostBytes || footerAt < head.byteLength) {
    throw corruptAt(handle, tailAt, `a footer of ${footerByteLength} bytes cannot be`)
  }
  const bytes = new Uint8Array(footerByteLength)
  yield { handle, target: bytes, position: footerAt }
  const { schema, blocks } = decode(handle, footerAt, () => {
    const footer = Footer.decode(bytes)
    if (footer.numRecordBatches !== expectedBatches) {
      throw corruptAt(
        handle,
        footerAt,
        `${footer.numRecordBatches} record batches, expected ${expectedBatches}`,
      )
    }
    return { schema: footer.schema, blocks: [...footer.recordBatches()] }
  })
  return {
    schema,
    blocks: blocks.map(({ offset, metaDataLength, bodyLength }): BatchBlock => {
      const block = { offset, metadataByteLength: metaDataLength, bodyByteLength: bodyLength }
      const end = offset + metaDataLength + bodyLength
      const headerFits = metaDataLength >= prefixByteLength && metaDataLength <= largestHeaderByteLength
      if (offset < head.byteLength || bodyLength < 0 || !headerFits || end > footerAt) {
        throw corruptAt(handle, footerAt, `the footer places a record batch at bytes ${offset} to ${end}`)
      }
      return block
    }),
  }
}

function* readStreamFrame(handle: ReadHandle, expectedBatches: number): Reading<PartFrame> {
  const first = yield* readHeader(handle, 0)
  const schema = decode(handle, 0, () => {
    const message = Message.decode(first.flatbuffer)
    if (!message.isSchema()) throw corruptAt(handle, 0, 'expected a schema message')
    return message.header()
  })
  const blocks: BatchBlock[] = []
  let position = first.byteLength
  for (let batch = 0; batch < expectedBatches; batch++) {
    const header = yield* readHeader(handle, position)
    const at = position
    const bodyByteLength = decode(handle, at, () => Message.decode(header.flatbuffer).bodyLength)
    position += header.byteLength + bodyByteLength
    if (bodyByteLength < 0 || position > handle.byteLength) {
      throw corruptAt(handle, at, `a body of ${bodyByteLength} bytes does not fit the file`)
    }
    blocks.push({ offset: at, metadataByteLength: header.byteLength, bodyByteLength })
  }
  const end = new Uint8Array(endOfStream.byteLength)
  if (position + end.byteLength !== handle.byteLength) {
    throw corruptAt(handle, position, `expected the stream to end at byte ${position + end.byteLength}`)
  }
  yield { handle, target: end, position }
  if (Buffer.compare(end, endOfStream) !== 0)
    throw corruptAt(handle, position, 'expected the end of the stream')
  return { schema, blocks }
}

function* readHeader(
  handle: ReadHandle,
  position: number,
): Reading<{ readonly flatbuffer: Uint8Array; readonly byteLength: number }> {
  const prefix = new Uint8Array(prefixByteLength)
  yield { handle, target: prefix, position }
  const byteLength = int32At(prefix, 4)
  const fits = byteLength > 0 && byteLength <= largestHeaderByteLength
  if (int32At(prefix, 0) !== -1 || !fits || position + prefixByteLength + byteLength > handle.byteLength) {
    throw corruptAt(handle, position, 'expected a message header')
  }
  const flatbuffer = new Uint8Array(byteLength)
  yield { handle, target: flatbuffer, position: position + prefixByteLength }
  return { flatbuffer, byteLength: prefixByteLength + byteLength }
}

/** A little-endian int32. */
export const int32At = (bytes: Uint8Array, offset: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(offset, true)

/** Runs a flatbuffer decoder, which throws all kinds of errors on damaged bytes. */
export function decode<T>(handle: ReadHandle, position: number, decoder: () => T): T {
  try {
    return decoder()
  } catch (error) {
    if (error instanceof DatasetError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw corruptAt(handle, position, `not a readable Arrow header (${reason})`, error)
  }
}
