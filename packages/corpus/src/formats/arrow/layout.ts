import type { ArrowField } from './schema.ts'

/** How many nodes, buffers and counts of variadic buffers lie before a column in a record batch. */
export interface ColumnPlace {
  readonly node: number
  readonly buffer: number
  readonly variadic: number
}

/** Buffers of a type itself, without its children's (Columnar.rst, "Buffer Listing for Each Layout"). */
const buffersOf: Readonly<Record<string, number>> = {
  null: 0,
  'run-end-encoded': 0,
  struct: 1,
  'fixed-size-list': 1,
  'sparse-union': 1,
  list: 2,
  'large-list': 2,
  map: 2,
  'dense-union': 2,
  int: 2,
  float: 2,
  bool: 2,
  decimal: 2,
  date: 2,
  time: 2,
  timestamp: 2,
  interval: 2,
  duration: 2,
  'fixed-size-binary': 2,
  'binary-view': 2,
  'utf8-view': 2,
  binary: 3,
  utf8: 3,
  'large-binary': 3,
  'large-utf8': 3,
  'list-view': 3,
  'large-list-view': 3,
}

/** Where the first column begins. */
export const firstPlace: ColumnPlace = { node: 0, buffer: 0, variadic: 0 }

/**
 * What a field and all below it take in a record batch, where `variadicCounts` tell the further buffers of views. Nothing
 * of the types is needed but their layout, so columns of any type may lie beside one that is read.
 */
export function placeAfter(
  field: ArrowField,
  before: ColumnPlace,
  variadicCounts: readonly number[],
): ColumnPlace {
  const own = placeOfChildren(field, before, variadicCounts)
  // The values of a dictionary, and what is below them, lie in its own batch.
  const below = field.dictionary === undefined ? field.children : []
  return below.reduce((place, child) => placeAfter(child, place, variadicCounts), own)
}

/** Where the first child of a field begins. */
export function placeOfChildren(
  field: ArrowField,
  { node, buffer, variadic }: ColumnPlace,
  variadicCounts: readonly number[],
): ColumnPlace {
  if (field.dictionary !== undefined) return { node: node + 1, buffer: buffer + 2, variadic }
  const buffers = buffersOf[field.type]
  if (buffers === undefined) throw new Error(`a column of the type ${field.type}`)
  if (field.type !== 'utf8-view' && field.type !== 'binary-view')
    return { node: node + 1, buffer: buffer + buffers, variadic }
  const further = variadicCounts[variadic]
  if (further === undefined) throw new Error('a column of views without a count of its buffers')
  return { node: node + 1, buffer: buffer + buffers + further, variadic: variadic + 1 }
}

/** A column by its path, and the structs it lies in. */
export interface FoundColumn {
  readonly field: ArrowField
  readonly place: ColumnPlace
  /** Places of the structs around it, the outermost first: a row of a null struct is null. */
  readonly parents: readonly ColumnPlace[]
}

/** Finds a column in a record batch by the names of its path. The names are known to be there. */
export function findColumn(
  fields: readonly ArrowField[],
  path: readonly string[],
  variadicCounts: readonly number[],
): FoundColumn {
  let place = firstPlace
  let level = fields
  const parents: ColumnPlace[] = []
  for (const [depth, name] of path.entries()) {
    const at = level.findIndex((field) => field.name === name)
    const field = level[at]
    if (field === undefined) throw new Error(`no column ${name}`)
    for (const before of level.slice(0, at)) place = placeAfter(before, place, variadicCounts)
    if (depth === path.length - 1) return { field, place, parents }
    parents.push(place)
    place = placeOfChildren(field, place, variadicCounts)
    level = field.children
  }
  throw new Error('no column')
}
