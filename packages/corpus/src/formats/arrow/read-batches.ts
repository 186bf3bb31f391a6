import { CorpusError } from '../../errors.ts'
import type { DocumentStream } from '../../documents/document-event.ts'
import { readRows, type Row } from '../../documents/rows.ts'
import { columnNames, findColumnPath, type NamedColumn } from '../column-path.ts'
import { missingColumn } from '../missing-column.ts'
import type { SegmentInput } from '../format.ts'
import { batchTooLarge, brokenArrow } from './arrow-error.ts'
import { ArrowBody, BodyTooLarge } from './body.ts'
import type { ArrowValue, ReadRow } from './arrow-value.ts'
import { columnReader } from './column.ts'
import { ArrowDictionaries } from './dictionaries.ts'
import { findColumn, firstPlace, placeAfter } from './layout.ts'
import { idListReader, isIdList } from './id-lists.ts'
import type { ArrowMessage } from './messages.ts'
import type { BatchFacts } from './metadata.ts'
import type { ArrowField } from './schema.ts'
import { textTypes, UnreadableType } from './values.ts'

/** Messages to read, and what is known of them. */
export interface BatchInput extends Pick<SegmentInput, 'options' | 'desk'> {
  readonly source: string
  readonly messages: AsyncGenerator<ArrowMessage, void, undefined>
  /** Row number of the first row. */
  readonly firstRow: number
  /** The schema, where the messages begin without one. */
  readonly fields?: readonly ArrowField[]
}

/** Reads the documents of record batches; one batch is in memory at a time. */
export async function* readBatches(input: BatchInput): DocumentStream {
  const { source, messages, options, desk } = input
  const dictionaries = new ArrowDictionaries(options.maxBatchBytes)
  let columns = input.fields === undefined ? undefined : chooseColumns(input.fields, input)
  let row = input.firstRow
  for await (const { content, body, position } of messages) {
    try {
      if (content.kind === 'schema') columns = chooseColumns(content.fields, input)
      else if (content.kind === 'dictionary') dictionaries.add(content, body)
      else if (columns !== undefined) {
        const facts = content.batch()
        const rows = readColumns(columns, new ArrowBody(facts, body, options.maxBatchBytes), dictionaries)
        const { field: column, maxKeptBytes, ids } = options
        yield* readRows(rows, row, { column, maxKeptBytes, ids, desk })
        row += facts.rows
      }
    } catch (cause) {
      throw explained(cause, { source, position, limit: options.maxBatchBytes })
    }
  }
}

/** The columns that are read, by path, in a schema. */
interface ChosenColumns {
  readonly fields: readonly ArrowField[]
  readonly text: readonly string[]
  readonly kept: readonly (readonly string[])[]
  /** The text is a list of ids. */
  readonly ids: boolean
}

/** @throws CorpusError `missing-field` for a column that is missing or holds no text */
function chooseColumns(fields: readonly ArrowField[], { source, options }: BatchInput): ChosenColumns {
  const named = namedColumns(fields)
  const pathOf = (name: string): readonly string[] => {
    const path = findColumnPath(named, name)
    if (path === undefined) throw missingColumn(source, name, columnNames(named), name !== options.field)
    return path
  }
  const text = pathOf(options.field)
  const field = fieldAt(fields, text)
  const isReadable =
    field.type === 'null' || (options.ids === undefined ? textTypes.includes(field.type) : isIdList(field))
  if (!isReadable) throw unreadable(source, options, field)
  return { fields, text, kept: options.keep.map(pathOf), ids: options.ids !== undefined }
}

function namedColumns(fields: readonly ArrowField[]): readonly NamedColumn[] {
  return fields.map(({ name, type, children, dictionary }) => ({
    name,
    columns: type === 'struct' && dictionary === undefined ? namedColumns(children) : [],
  }))
}

function fieldAt(fields: readonly ArrowField[], path: readonly string[]): ArrowField {
  const [name, ...below] = path
  const field = fields.find((candidate) => candidate.name === name)
  if (field === undefined) throw new Error('no such column')
  return below.length === 0 ? field : fieldAt(field.children, below)
}

function* readColumns(
  { fields, text, kept, ids }: ChosenColumns,
  body: ArrowBody,
  dictionaries: ArrowDictionaries,
): Generator<Row, void, undefined> {
  const { batch } = body
  checkNodes(fields, batch)
  const reader = (path: readonly string[]): ReadRow =>
    columnReader(findColumn(fields, path, batch.variadicCounts), body, dictionaries)
  const column = findColumn(fields, text, batch.variadicCounts)
  const idsAt = ids ? idListReader(column, body) : undefined
  const textAt = idsAt === undefined ? reader(text) : undefined
  const keptAt = kept.map(reader)
  for (let row = 0; row < batch.rows; row++) {
    const value = textAt?.(row)
    const own: Row = { text: idsAt?.(row) ?? (value instanceof Uint8Array ? value : undefined) }
    yield keptAt.length === 0 ? own : { ...own, kept: keptAt.map((read) => keptValue(read(row))) }
  }
}

/** The metadata must have exactly the nodes and buffers of the schema, and top-level columns all rows. */
function checkNodes(
  fields: readonly ArrowField[],
  { nodes, buffers, variadicCounts, rows }: BatchFacts,
): void {
  let place = firstPlace
  for (const field of fields) {
    if (nodes[place.node]?.length !== rows)
      throw new Error(`column ${field.name} has not the rows of its batch`)
    place = placeAfter(field, place, variadicCounts)
  }
  if (
    nodes.length === place.node &&
    buffers.length === place.buffer &&
    variadicCounts.length === place.variadic
  )
    return
  throw new Error('a record batch has other columns than its schema')
}

function keptValue(value: ArrowValue | undefined): string | Uint8Array | null {
  if (value === undefined) return null
  return value instanceof Uint8Array ? value : String(value)
}

function unreadable(source: string, { field, ids }: BatchInput['options'], found: ArrowField): CorpusError {
  const wanted = ids === undefined ? 'text' : 'lists of integers'
  const message = `column ${JSON.stringify(field)} holds Arrow's type ${typeName(found)}, not ${wanted}`
  return new CorpusError('missing-field', message, { source })
}

/** A type as Arrow writes it, with what lists hold: `list<dictionary<int>>`. */
function typeName({ type, children, dictionary }: ArrowField): string {
  const items = type.endsWith('list') ? `<${children.map(typeName).join(', ')}>` : ''
  return dictionary === undefined ? `${type}${items}` : `dictionary<${type}${items}>`
}

function explained(
  cause: unknown,
  { source, position, limit }: { readonly source: string; readonly position: number; readonly limit: number },
): unknown {
  if (cause instanceof CorpusError) return cause
  if (cause instanceof BodyTooLarge) return batchTooLarge(source, position, cause.byteLength, limit)
  if (cause instanceof UnreadableType) {
    const message = `${cause.message} of Arrow cannot be read as text or kept; choose another column`
    return new CorpusError('missing-field', message, { source, position })
  }
  return brokenArrow(source, position, cause instanceof Error ? cause.message : String(cause), cause)
}
