import type { Field } from 'apache-arrow/fb/field'
import type { Schema } from 'apache-arrow/fb/schema'

/** What is needed of a message's metadata. */
export interface MessageFacts {
  readonly isSchema: boolean
  readonly bodyBytes: number
  /** Of a record batch. */
  readonly rows: number | undefined
}

/** Decoders that look at the counts in the metadata before apache-arrow makes an object for each thing counted. */
export interface ArrowMetadata {
  /** @throws Error if the metadata of a message cannot be right */
  readonly readMessage: (metadata: Uint8Array) => MessageFacts
  /** @throws Error if a footer cannot be right */
  readonly checkFooter: (footer: Uint8Array) => void
}

/** Loads the decoders; apache-arrow is loaded only when an Arrow source is read. */
export async function loadArrowMetadata(): Promise<ArrowMetadata> {
  const [
    { ByteBuffer },
    { Message },
    { MessageHeader },
    { RecordBatch },
    { DictionaryBatch },
    fbSchema,
    { Footer },
  ] = await Promise.all([
    import('flatbuffers'),
    import('apache-arrow/fb/message'),
    import('apache-arrow/fb/message-header'),
    import('apache-arrow/fb/record-batch'),
    import('apache-arrow/fb/dictionary-batch'),
    import('apache-arrow/fb/schema'),
    import('apache-arrow/fb/footer'),
  ])

  const readMessage = (metadata: Uint8Array): MessageFacts => {
    const message = Message.getRootAsMessage(new ByteBuffer(metadata))
    const room = new Room(metadata.length)
    room.take(message.customMetadataLength(), 4)
    const type = message.headerType()
    const bodyBytes = exact(message.bodyLength())
    if (type === MessageHeader.Schema) {
      const schema: InstanceType<typeof fbSchema.Schema> | null = message.header(new fbSchema.Schema())
      checkSchema(schema, room)
      return { isSchema: true, bodyBytes, rows: undefined }
    }
    let batch: InstanceType<typeof RecordBatch> | null = null
    if (type === MessageHeader.RecordBatch) batch = message.header(new RecordBatch())
    else if (type === MessageHeader.DictionaryBatch) {
      const dictionary: InstanceType<typeof DictionaryBatch> | null = message.header(new DictionaryBatch())
      batch = dictionary?.data() ?? null
    }
    if (batch === null) throw new Error(`a message of type ${type}`)
    room.take(batch.nodesLength(), 16)
    room.take(batch.buffersLength(), 16)
    room.take(batch.variadicBufferCountsLength(), 8)
    const rows = exact(batch.length())
    return { isSchema: false, bodyBytes, rows: type === MessageHeader.RecordBatch ? rows : undefined }
  }

  const checkFooter = (bytes: Uint8Array): void => {
    const footer = Footer.getRootAsFooter(new ByteBuffer(bytes))
    const room = new Room(bytes.length)
    room.take(footer.recordBatchesLength(), 24)
    room.take(footer.dictionariesLength(), 24)
    checkSchema(footer.schema(), room)
  }

  return { readMessage, checkFooter }
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

function checkSchema(schema: Schema | null, room: Room): void {
  if (schema === null) throw new Error('no schema')
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

function exact(value: bigint): number {
  const number = Number(value)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new Error(`a length of ${value}`)
}
