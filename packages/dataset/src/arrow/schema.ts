import {
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Int32,
  Int64,
  List,
  Schema,
  Uint16,
  type DataType,
} from 'apache-arrow'
import { columnsOf, type Column, type ElementType } from '../layout/columns.ts'
import type { DatasetLayout } from '../layout/layout.ts'

/** The Arrow schema of a layout. Nothing is nullable; the metadata names what Arrow types cannot say. */
export function arrowSchema(layout: DatasetLayout): Schema {
  return new Schema(columnsOf(layout).map(arrowField), new Map([['sluice.version', '1']]))
}

/** The same without the tensor extension, which Hugging Face datasets refuse. */
export function plainArrowSchema(layout: DatasetLayout, metadata: ReadonlyMap<string, string>): Schema {
  const columns = columnsOf(layout).map(({ name, element, shape }) => arrowField({ name, element, shape }))
  return new Schema(columns, new Map(metadata))
}

function arrowField(column: Column): Field {
  const type = column.shape === 'list' ? listOf(column.element) : nest(column.element, column.shape)
  return new Field(column.name, type, false, fieldMetadata(column))
}

function fieldMetadata({ element, tensorShape }: Column): Map<string, string> {
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
    scalar(element),
  )
}

function listOf(element: ElementType): DataType {
  return new List(new Field('item', scalar(element), false))
}

function scalar(element: ElementType): DataType {
  switch (element) {
    case 'int32':
      return new Int32()
    case 'int64':
      return new Int64()
    case 'f32':
      return new Float32()
    case 'f16':
      return new Float16()
    case 'uint16':
    case 'bf16':
      return new Uint16()
  }
}

/** A schema as text, for comparing: apache-arrow's own comparison leaves out metadata. */
export function describeSchema(schema: Schema): string {
  return schema.fields.map(describeField).join('; ')
}

function describeField(field: Field): string {
  const metadata = [...field.metadata].toSorted().map(([key, value]) => ` ${key}=${value}`)
  const nullable = field.nullable ? ' nullable' : ''
  return `${field.name}: ${describeType(field.type as DataType)}${nullable}${metadata.join('')}`
}

function describeType(type: DataType): string {
  const children = type.children as readonly Field[] | null
  return children === null || children.length === 0
    ? String(type)
    : `${type.constructor.name}${'listSize' in type ? `[${String(type.listSize)}]` : ''}<${children.map(describeField).join()}>`
}
