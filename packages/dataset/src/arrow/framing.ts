import { Message, MetadataVersion, type Schema } from 'apache-arrow'
import { FileBlock, Footer } from 'apache-arrow/ipc/metadata/file'
import { aligned, encodeBatchMessage, type BatchPlan } from './batch-plan.ts'
import type { PartFormat } from '../layout/layout.ts'
import type { IpcShape } from './ipc-shape.ts'
import { arrowSchema } from './schema.ts'

/** `ARROW1` and two bytes of padding: how an IPC file starts. */
const fileMagic: Uint8Array = Uint8Array.of(0x41, 0x52, 0x52, 0x4f, 0x57, 0x31, 0, 0)

/** How a stream, and the stream inside a file, ends: a continuation marker and length 0. */
const endOfStream = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0)

/** Continuation marker and length before each message. */
const prefixByteLength = 8

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

/** The message before the body of a planned record batch. */
export function frameBatch(plan: BatchPlan, position: number): Uint8Array {
  return frameMessage(encodeBatchMessage(plan), position)
}

/** What all parts of a shape have in common: of small ones, encoding it again would take longer than reading them. */
interface Frame {
  readonly schema: Schema
  readonly head: Uint8Array
  /** The last end that was asked for: parts of as many rows have the same. */
  end?: { readonly of: string; readonly bytes: Uint8Array }
}

const frames = new WeakMap<IpcShape, Frame>()

function frameOf(shape: IpcShape): Frame {
  const known = frames.get(shape)
  if (known !== undefined) return known
  const schema = arrowSchema(shape.columns)
  const frame = { schema, head: encodeHeadOf(schema, shape.format) }
  frames.set(shape, frame)
  return frame
}

/**
 * How a part starts: magic, in files, and schema message. With it the bytes after the magic are a valid stream. Not to be changed:
 * other parts are given the same bytes.
 */
export function encodeHead(shape: IpcShape): Uint8Array {
  return frameOf(shape).head
}

/** The same for any schema. */
export function encodeHeadOf(arrow: Schema, format: PartFormat): Uint8Array {
  const magic = format === 'file' ? fileMagic : new Uint8Array()
  const schema = frameMessage(Message.encode(Message.from(arrow)), magic.byteLength)
  const head = new Uint8Array(magic.byteLength + schema.byteLength)
  head.set(magic)
  head.set(schema, magic.byteLength)
  return head
}

/** Where a record batch lies in its file. */
export interface BatchBlock {
  readonly offset: number
  /** Prefix, flatbuffer and padding. */
  readonly metadataByteLength: number
  readonly bodyByteLength: number
}

/** How a part ends: the end of the stream, and in files the footer, its length and the magic. Not to be changed either. */
export function encodeEnd(shape: IpcShape, blocks: readonly BatchBlock[]): Uint8Array {
  if (shape.format === 'stream') return endOfStream
  const frame = frameOf(shape)
  const of = blocks
    .map((block) => `${block.offset} ${block.metadataByteLength} ${block.bodyByteLength}`)
    .join()
  if (frame.end?.of !== of) frame.end = { of, bytes: encodeFileEnd(frame.schema, blocks) }
  return frame.end.bytes
}

/** How a file of any schema ends. */
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
