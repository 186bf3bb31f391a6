import {
  type DataType,
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Int32,
  Int64,
  List,
  Schema,
  Uint16,
  Utf8,
} from 'apache-arrow'
import type { ArrowColumn, ElementType, FileColumn } from '../layout/columns.ts'

/** The Arrow schema of columns. Texts alone are nullable; the metadata names what Arrow types cannot say. */
export function arrowSchema(columns: readonly FileColumn[]): Schema {
  return new Schema(columns.map(arrowField), new Map([['sluice.version', '1']]))
}

function arrowField(column: FileColumn): Field {
  if (column.shape === 'text') return new Field(column.name, new Utf8(), true)
  const type = column.shape === 'list' ? listOf(column) : nest(column.element, column.shape)
  return new Field(column.name, type, false, fieldMetadata(column))
}

function fieldMetadata({ element, tensorShape }: ArrowColumn): Map<string, string> {
  const metadata = new Map<string, string>()
  if (element === 'bf16') metadata.set('sluice.dtype', 'bfloat16')
  if (tensorShape !== undefined) {
    metadata.set('ARROW:extension:name', 'arrow.fixed_shape_tensor')
    metadata.set('ARROW:extension:metadata', JSON.stringify({ shape: tensorShape }))
  }
  return metadata
}

function nest(element: ElementType, shape: readonly number[]): DataType {
  return shape.reduceRight<DataType>(
    (child, length) => new FixedSizeList(length, new Field('item', child, false)),
    scalar[element](),
  )
}

function listOf({ element, itemShape = [] }: ArrowColumn): DataType {
  return new List(new Field('item', nest(element, itemShape), false))
}

const scalar: Readonly<Record<ElementType, () => DataType>> = {
  int32: () => new Int32(),
  int64: () => new Int64(),
  uint16: () => new Uint16(),
  f32: () => new Float32(),
  f16: () => new Float16(),
  bf16: () => new Uint16(),
}
