import type { DocumentStream } from '../documents/document-event.ts'
import type { ProblemDesk } from '../documents/problem-desk.ts'
import type { ResolvedReadOptions } from '../documents/read-options.ts'
import { readRows } from '../documents/row-text.ts'
import type { RecordBatchSegment } from '../segments/segment.ts'
import type { ByteSource } from '../sources/byte-source.ts'
import { readArrowFooter, schemaMessage } from './arrow-footer.ts'
import { registerArrowCodecs } from './arrow-codecs.ts'
import { brokenArrow, frameMessages } from './arrow-framing.ts'
import { textsOfData } from './arrow-text.ts'
import { missingColumn } from './missing-column.ts'
import { CorpusError } from '../errors.ts'

/** The record batches of one segment, with the schema and the dictionaries before them. */
export function readArrowBatches(
  source: ByteSource,
  segment: RecordBatchSegment,
  options: ResolvedReadOptions,
  desk: ProblemDesk,
): DocumentStream {
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const { byteLength } = source
    if (segment.schemaInFooter && byteLength !== undefined) {
      yield await schemaMessage(await readArrowFooter(source, byteLength))
    }
    yield* source.stream(segment.prelude)
    yield* source.stream(segment)
    yield new Uint8Array(8)
  }
  return readArrowStream(chunks(), source.name, segment.firstRow, options, desk)
}

/** Arrow IPC, stream or file, read from its beginning; one record batch is in memory at a time. */
export async function* readArrowStream(
  chunks: AsyncIterable<Uint8Array>,
  source: string,
  firstRow: number,
  options: ResolvedReadOptions,
  desk: ProblemDesk,
): DocumentStream {
  const arrow = await import('apache-arrow')
  registerArrowCodecs(arrow, options.maxBatchBytes)
  let row = firstRow
  const messages = frameMessages(chunks, source, options.maxBatchBytes)
  try {
    const reader = await arrow.RecordBatchReader.from(messages)
    await reader.open()
    for await (const batch of reader) {
      const { schema } = batch
      const index = schema.fields.findIndex((field) => field.name === options.field)
      if (index === -1) {
        const names = schema.fields.map((field) => field.name)
        throw missingColumn(source, options.field, names)
      }
      const data = batch.data.children[index]
      if (data === undefined) throw brokenArrow(source, 0, 'a record batch lacks a column')
      yield* readRows(textsOfData(data, source, options.field), row, options.field, desk)
      row += batch.numRows
    }
  } catch (cause) {
    if (cause instanceof CorpusError) throw cause
    throw brokenArrow(source, 0, cause instanceof Error ? cause.message : String(cause), cause)
  } finally {
    await messages.return()
  }
}
