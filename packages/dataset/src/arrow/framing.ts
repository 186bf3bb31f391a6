import { Message, MetadataVersion, type Schema } from 'apache-arrow'
import { FileBlock, Footer } from 'apache-arrow/ipc/metadata/file'
import { aligned } from './batch-plan.ts'

/** `ARROW1` and two bytes of padding: how an IPC file starts. */
export const fileMagic: Uint8Array = Uint8Array.of(0x41, 0x52, 0x52, 0x4f, 0x57, 0x31, 0, 0)

/** How a stream, and the stream inside a file, ends: a continuation marker and length 0. */
export const endOfStream: Uint8Array = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0)

/** Continuation marker and length before each message. */
export const prefixByteLength = 8

/**
 * One encapsulated message: marker, length, flatbuffer, and padding so that what follows (the body) starts at a
 * multiple of 64 bytes of the file.
 *
 * @param position - where in the file the message will start.
 */
export function frameMessage(flatbuffer: Uint8Array, position: number): Uint8Array {
  const end = aligned(position + prefixByteLength + flatbuffer.byteLength)
  const framed = new Uint8Array(end - position)
  const view = new DataView(framed.buffer)
  view.setInt32(0, -1, true)
  view.setInt32(4, framed.byteLength - prefixByteLength, true)
  framed.set(flatbuffer, prefixByteLength)
  return framed
}

/** The schema message, framed. Files carry it too, so that the bytes after the magic are a valid stream. */
export function frameSchema(schema: Schema, position: number): Uint8Array {
  return frameMessage(Message.encode(Message.from(schema)), position)
}

/** Where a record batch lies in its file. */
export interface BatchBlock {
  readonly offset: number
  /** Prefix, flatbuffer and padding. */
  readonly metadataByteLength: number
  readonly bodyByteLength: number
}

/** The end of an IPC file: end of stream, footer, its length, magic. */
export function encodeFileEnd(schema: Schema, blocks: readonly BatchBlock[]): Uint8Array {
  const fileBlocks = blocks.map(
    ({ metadataByteLength, bodyByteLength, offset }) =>
      new FileBlock(metadataByteLength, bodyByteLength, offset),
  )
  const footer = Footer.encode(new Footer(schema, MetadataVersion.V5, fileBlocks, []))
  const end = new Uint8Array(endOfStream.byteLength + footer.byteLength + 4 + 6)
  end.set(endOfStream)
  end.set(footer, endOfStream.byteLength)
  const view = new DataView(end.buffer)
  view.setInt32(endOfStream.byteLength + footer.byteLength, footer.byteLength, true)
  end.set(fileMagic.subarray(0, 6), end.byteLength - 6)
  return end
}
