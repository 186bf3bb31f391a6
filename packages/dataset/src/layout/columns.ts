import { hasDocumentNumbers } from './column-names.ts'
import type { DatasetLayout } from './layout.ts'

/** Element types as they lie in the file, little-endian. `f16` and `bf16` are two bytes of bits. */
export type ElementType = 'int32' | 'uint16' | 'int64' | 'f32' | 'f16' | 'bf16'

/** Bytes of one element. */
export const elementByteLength: Readonly<Record<ElementType, number>> = {
  int32: 4,
  uint16: 2,
  int64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
}

/** Names of the columns a dataset can have. */
export type ColumnName = WindowColumnName | DocumentColumnName

/** Names of the columns that rows of documents can have. */
export type DocumentColumnName =
  | 'input_ids'
  | 'inputs_embeds'
  | 'first_block'
  | 'embedding'
  | 'tokens'
  | 'document'
  | 'source'
  | 'byte_start'
  | 'byte_end'

/** Names of the columns that windows can have. */
export type WindowColumnName =
  | 'window_ids'
  | 'input_ids'
  | 'target_ids'
  | 'inputs_embeds'
  | 'first_block'
  | 'position_ids'
  | 'document_ids'
  | 'cu_seqlens'
  | PieceColumnName
  | 'document'
  | 'window'
  | 'source'
  | 'byte_start'
  | 'byte_end'

/** Names of the columns that hold one value for each piece of a packed row. */
export type PieceColumnName =
  | 'piece_lengths'
  | 'piece_documents'
  | 'piece_first_tokens'
  | 'piece_sources'
  | 'piece_byte_starts'
  | 'piece_byte_ends'

/** Lists of one group have the same number of items in each row: one an id, one a piece, or one a boundary. */
export type ListGroup = 'tokens' | 'boundaries' | 'pieces'

/** The groups in the order of their columns. */
export const listGroups = ['tokens', 'boundaries', 'pieces'] as const satisfies readonly ListGroup[]

/** The group of a list column. */
export function listGroupOf({ name }: Pick<ArrowColumn, 'name'>): ListGroup {
  if (name === 'cu_seqlens') return 'boundaries'
  return name.startsWith('piece_') ? 'pieces' : 'tokens'
}

/** One column of an Arrow file, as plain data. */
export interface ArrowColumn {
  readonly name: string
  readonly element: ElementType
  /** Elements of a row: `[]` one, `[T]` a fixed list, `[T, D]` a fixed list of fixed lists, `'list'` any number. */
  readonly shape: readonly number[] | 'list'
  /** Elements of an item of a list: `[D]` a fixed list. @default one */
  readonly itemShape?: readonly number[]
  /** The logical shape where the extension `arrow.fixed_shape_tensor` states one. */
  readonly tensorShape?: readonly number[]
}

/** One column of a dataset. */
export interface Column extends ArrowColumn {
  readonly name: ColumnName
}

/** One column of a dataset of windows. */
export interface WindowColumn extends Column {
  readonly name: WindowColumnName
}

/** One column of a dataset with a row for each document. */
export interface DocumentColumn extends Column {
  readonly name: DocumentColumnName
}

/** One column of texts of any length, each of which may be null. */
export interface TextColumn {
  readonly name: string
  readonly element: 'utf8'
  readonly shape: 'text'
}

/** Any column of an Arrow file. */
export type FileColumn = ArrowColumn | TextColumn

/** Whether a column holds texts. */
export function isTextColumn(column: FileColumn): column is TextColumn {
  return column.shape === 'text'
}

/** The columns of texts that documents carry along, after all others. */
export function keptColumnsOf({ kept }: Pick<DatasetLayout, 'kept'>): readonly TextColumn[] {
  return (kept?.names ?? []).map((name) => ({ name, element: 'utf8', shape: 'text' }))
}

/** All columns of a part, in file order. */
export function partColumnsOf(layout: DatasetLayout): readonly (Column | TextColumn)[] {
  return [...columnsOf(layout), ...keptColumnsOf(layout)]
}

/** The columns of a layout but the kept ones, in file order: what trainers read first, provenance last. */
export function columnsOf(layout: DatasetLayout): readonly Column[] {
  return layout.per === 'document' ? columnsOfDocuments(layout) : columnsOfWindows(layout)
}

/** The columns of a layout of documents: lists with an item for each id, or what is left of them where they are pooled. */
export function columnsOfDocuments(layout: DatasetLayout): readonly DocumentColumn[] {
  const { dim, dtype, firstBlockDim } = layout
  const values: DocumentColumn[] =
    layout.pool === 'mean'
      ? [
          { name: 'embedding', element: 'f32', shape: [dim] },
          { name: 'tokens', element: 'int32', shape: [] },
        ]
      : [{ name: 'input_ids', element: layout.idType, shape: 'list' }]
  if (layout.embedding === 'full' && layout.pool === undefined) {
    values.push({ name: 'inputs_embeds', element: dtype, shape: 'list', itemShape: [dim] })
    if (firstBlockDim !== undefined)
      values.push({ name: 'first_block', element: dtype, shape: 'list', itemShape: [firstBlockDim] })
  }
  return [
    ...values,
    { name: 'document', element: 'int64', shape: [] },
    { name: 'source', element: 'int32', shape: [] },
    { name: 'byte_start', element: 'int64', shape: [] },
    { name: 'byte_end', element: 'int64', shape: [] },
  ]
}

/** The columns of a layout of windows. */
export function columnsOfWindows(layout: DatasetLayout): readonly WindowColumn[] {
  const { maxLength, idType, documents } = layout
  const columns: WindowColumn[] =
    layout.ids === 'once'
      ? [{ name: 'window_ids', element: idType, shape: [maxLength + 1] }]
      : [
          { name: 'input_ids', element: idType, shape: [maxLength] },
          { name: 'target_ids', element: idType, shape: [maxLength] },
        ]
  if (layout.embedding === 'full') {
    columns.push(vectorColumn('inputs_embeds', layout.dim, layout))
    const { firstBlockDim } = layout
    if (firstBlockDim !== undefined) columns.push(vectorColumn('first_block', firstBlockDim, layout))
  }
  if (layout.positionIds) columns.push({ name: 'position_ids', element: 'int32', shape: [maxLength] })
  if (documents === 'ids') columns.push({ name: 'document_ids', element: 'int32', shape: [maxLength] })
  if (documents === 'boundaries') columns.push({ name: 'cu_seqlens', element: 'int32', shape: 'list' })
  if (hasDocumentNumbers(layout)) columns.push({ name: 'document', element: 'int64', shape: [] })
  if (layout.pieces === true) columns.push(...pieceColumns)
  columns.push(
    { name: 'window', element: 'int64', shape: [] },
    { name: 'source', element: 'int32', shape: [] },
    { name: 'byte_start', element: 'int64', shape: [] },
    { name: 'byte_end', element: 'int64', shape: [] },
  )
  return columns
}

const pieceColumns: readonly WindowColumn[] = [
  { name: 'piece_lengths', element: 'int32', shape: 'list' },
  { name: 'piece_documents', element: 'int64', shape: 'list' },
  { name: 'piece_first_tokens', element: 'int64', shape: 'list' },
  { name: 'piece_sources', element: 'int32', shape: 'list' },
  { name: 'piece_byte_starts', element: 'int64', shape: 'list' },
  { name: 'piece_byte_ends', element: 'int64', shape: 'list' },
]

function vectorColumn(
  name: 'inputs_embeds' | 'first_block',
  dim: number,
  { maxLength, layout, dtype }: DatasetLayout,
): WindowColumn {
  const column = { name, element: dtype } as const
  if (layout === 'nested') return { ...column, shape: [maxLength, dim] }
  const flat = { ...column, shape: [maxLength * dim] }
  return layout === 'tensor' ? { ...flat, tensorShape: [maxLength, dim] } : flat
}

/** Elements of one row; 0 for a list, whose rows differ. */
export function elementsPerRow({ shape }: Pick<ArrowColumn, 'shape'>): number {
  return shape === 'list' ? 0 : shape.reduce((product, length) => product * length, 1)
}

/** Elements of one item of a list column. */
export function elementsPerItem({ itemShape = [] }: Pick<ArrowColumn, 'itemShape'>): number {
  return itemShape.reduce((product, length) => product * length, 1)
}
