import type { Field } from 'apache-arrow/fb/field'
import type { RecordBatch } from 'apache-arrow/fb/record-batch'
import type { Schema } from 'apache-arrow/fb/schema'
import { readSchema, type ArrowField, type SchemaDecoders } from './schema.ts'

/** Compression of the buffers of a record batch. */
export type BodyCodec = 'none' | 'lz4' | 'zstd'

/** A record batch as its metadata describes it. */
export interface BatchFacts {
  readonly rows: number
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[]
  /** Places in the body of the message. */
  readonly buffers: readonly { readonly offset: number; readonly byteLength: number }[]
  /** Further buffers of each column of views. */
  readonly variadicCounts: readonly number[]
  readonly codec: BodyCodec
}

/** What one message holds. The facts of a batch are read only where they are asked for. */
export type MessageContent =
  | { readonly kind: 'schema'; readonly fields: readonly ArrowField[] }
  | { readonly kind: 'batch'; readonly rows: number; readonly batch: () => BatchFacts }
  | {
      readonly kind: 'dictionary'
      readonly id: number
      readonly isDelta: boolean
      readonly batch: () => BatchFacts
    }

/** A message's content and the length of its body. */
export interface MessageFacts {
  readonly bodyBytes: number
  readonly content: MessageContent
}

/** Place of a message in a file, as the footer lists it. */
export interface FooterBlock {
  readonly offset: number
  readonly headBytes: number
  readonly bodyBytes: number
}

/** A footer of an Arrow file. */
export interface ArrowFooter {
  readonly fields: readonly ArrowField[]
  readonly batches: readonly FooterBlock[]
  readonly dictionaries: readonly FooterBlock[]
}

/** Decoders that check every count in the metadata before they make an object for each thing counted. */
export interface ArrowMetadata {
  /** @throws Error if the metadata of a message cannot be right */
  readonly readMessage: (metadata: Uint8Array) => MessageFacts
  /** @throws Error if a footer cannot be right */
  readonly readFooter: (footer: Uint8Array) => ArrowFooter
}

/** Format versions 4 (since Arrow 0.8) and 5 (since 1.0), as numbers of the metadata. */
const versions: readonly number[] = [3, 4]

/** Loads the decoders; the generated flatbuffers code is loaded only when an Arrow source is read. */
export async function loadArrowMetadata(): Promise<ArrowMetadata> {
  const [
    { ByteBuffer },
    { Message },
    { MessageHeader },
    fbRecordBatch,
    { DictionaryBatch },
    fbSchema,
    { Footer },
    { Int },
    { FloatingPoint },
    { Union },
    { Decimal },
    { Date },
    { Time },
    { Timestamp },
    { FixedSizeBinary },
  ] = await Promise.all([
    import('flatbuffers'),
    import('apache-arrow/fb/message'),
    import('apache-arrow/fb/message-header'),
    import('apache-arrow/fb/record-batch'),
    import('apache-arrow/fb/dictionary-batch'),
    import('apache-arrow/fb/schema'),
    import('apache-arrow/fb/footer'),
    import('apache-arrow/fb/int'),
    import('apache-arrow/fb/floating-point'),
    import('apache-arrow/fb/union'),
    import('apache-arrow/fb/decimal'),
    import('apache-arrow/fb/date'),
    import('apache-arrow/fb/time'),
    import('apache-arrow/fb/timestamp'),
    import('apache-arrow/fb/fixed-size-binary'),
  ])
  const decoders: SchemaDecoders = {
    ...{ Int, FloatingPoint, Union },
    ...{ Decimal, Date, Time, Timestamp, FixedSizeBinary },
  }

  const readMessage = (metadata: Uint8Array): MessageFacts => {
    const message = Message.getRootAsMessage(new ByteBuffer(metadata))
    checkVersion(message.version())
    const room = new Room(metadata.length)
    room.take(message.customMetadataLength(), 4)
    const bodyBytes = exact(message.bodyLength())
    const type = message.headerType()
    if (type === MessageHeader.Schema) {
      const schema: InstanceType<typeof fbSchema.Schema> | null = message.header(new fbSchema.Schema())
      if (schema === null) throw new Error('no schema')
      checkSchema(schema, room)
      return { bodyBytes, content: { kind: 'schema', fields: readSchema(schema, decoders) } }
    }
    if (type === MessageHeader.RecordBatch) {
      const batch: RecordBatch | null = message.header(new fbRecordBatch.RecordBatch())
      checkBatch(batch, room)
      return {
        bodyBytes,
        content: { kind: 'batch', rows: exact(batch.length()), batch: () => batchFacts(batch) },
      }
    }
    if (type !== MessageHeader.DictionaryBatch) throw new Error(`a message of the type ${type}`)
    const dictionary: InstanceType<typeof DictionaryBatch> | null = message.header(new DictionaryBatch())
    const batch = dictionary?.data() ?? null
    checkBatch(batch, room)
    const content: MessageContent = {
      kind: 'dictionary',
      id: Number(dictionary?.id() ?? 0n),
      isDelta: dictionary?.isDelta() ?? false,
      batch: () => batchFacts(batch),
    }
    return { bodyBytes, content }
  }

  const readFooter = (bytes: Uint8Array): ArrowFooter => {
    const footer = Footer.getRootAsFooter(new ByteBuffer(bytes))
    checkVersion(footer.version())
    const room = new Room(bytes.length)
    room.take(footer.recordBatchesLength(), 24)
    room.take(footer.dictionariesLength(), 24)
    const schema = footer.schema()
    if (schema === null) throw new Error('no schema')
    checkSchema(schema, room)
    return {
      fields: readSchema(schema, decoders),
      batches: blocks(footer.recordBatchesLength(), (k) => footer.recordBatches(k)),
      dictionaries: blocks(footer.dictionariesLength(), (k) => footer.dictionaries(k)),
    }
  }

  return { readMessage, readFooter }
}

function checkVersion(version: number): void {
  if (!versions.includes(version)) throw new Error(`version ${version + 1} of the format`)
}

function batchFacts(batch: RecordBatch): BatchFacts {
  return {
    rows: exact(batch.length()),
    nodes: Array.from({ length: batch.nodesLength() }, (_, k) => {
      const node = batch.nodes(k)
      return { length: exact(node?.length()), nullCount: exact(node?.nullCount()) }
    }),
    buffers: Array.from({ length: batch.buffersLength() }, (_, k) => {
      const buffer = batch.buffers(k)
      return { offset: exact(buffer?.offset()), byteLength: exact(buffer?.length()) }
    }),
    variadicCounts: Array.from({ length: batch.variadicBufferCountsLength() }, (_, k) =>
      exact(batch.variadicBufferCounts(k) ?? undefined),
    ),
    codec: codecOf(batch),
  }
}

function codecOf(batch: RecordBatch): BodyCodec {
  const compression = batch.compression()
  if (compression === null) return 'none'
  const codec: number = compression.codec()
  const method: number = compression.method()
  if (method !== 0 || (codec !== 0 && codec !== 1)) throw new Error(`compression ${codec} of a record batch`)
  return codec === 0 ? 'lz4' : 'zstd'
}

/** A block of the footer's vectors: flatbuffers gives a struct of three numbers. */
type BlockAt = (k: number) => {
  offset(): bigint
  metaDataLength(): number
  bodyLength(): bigint
} | null

function blocks(count: number, blockAt: BlockAt): FooterBlock[] {
  return Array.from({ length: count }, (_, k) => {
    const block = blockAt(k)
    const headBytes = block?.metaDataLength() ?? -1
    if (headBytes < 0) throw new Error('a message without a length')
    return { offset: exact(block?.offset()), headBytes, bodyBytes: exact(block?.bodyLength()) }
  })
}

/** Every element of a vector takes its place in the metadata: more than fit are damage. */
class Room {
  #bytes: number

  constructor(bytes: number) {
    this.#bytes = bytes
  }

  take(count: number, bytesEach: number): void {
    this.#bytes -= count * bytesEach
    if (!(count >= 0 && this.#bytes >= 0)) throw new Error('more elements than fit')
  }
}

function checkBatch(batch: RecordBatch | null, room: Room): asserts batch is RecordBatch {
  if (batch === null) throw new Error('no record batch')
  room.take(batch.nodesLength(), 16)
  room.take(batch.buffersLength(), 16)
  room.take(batch.variadicBufferCountsLength(), 8)
}

function checkSchema(schema: Schema, room: Room): void {
  room.take(schema.customMetadataLength(), 4)
  room.take(schema.fieldsLength(), 4)
  for (let k = 0; k < schema.fieldsLength(); k++) checkField(schema.fields(k), room)
}

function checkField(field: Field | null, room: Room): void {
  if (field === null) throw new Error('a field that is not there')
  room.take(field.customMetadataLength(), 4)
  room.take(field.childrenLength(), 4)
  for (let k = 0; k < field.childrenLength(); k++) checkField(field.children(k), room)
}

function exact(value: bigint | undefined): number {
  const number = Number(value)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new Error(`a length of ${value}`)
}
