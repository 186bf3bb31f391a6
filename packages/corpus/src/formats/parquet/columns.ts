import type { FileMetaData, SchemaElement } from 'hyparquet'
import { CorpusError } from '../../errors.ts'
import { columnNames, findColumnPath, type NamedColumn } from '../column-path.ts'
import { missingColumn } from '../missing-column.ts'
import { listLevels } from './list-levels.ts'

/** A column of a Parquet file, as its schema describes it. */
interface ParquetColumn extends NamedColumn {
  readonly element: SchemaElement
  readonly columns: readonly ParquetColumn[]
}

/** A column that is read: its path, and the schema elements on the way to it. */
export interface ColumnPath {
  readonly path: readonly string[]
  readonly elements: readonly SchemaElement[]
}

/**
 * Finds a column by its name or by the path through structs that its dots stand for.
 *
 * @throws CorpusError `missing-field` for a column that is missing, is a list or, for the text, holds none
 */
export function findParquetColumn(
  { schema }: FileMetaData,
  source: string,
  name: string,
  use: 'text' | 'ids' | 'keep',
): ColumnPath {
  const columns = readTree(schema)
  const path = findColumnPath(columns, name)
  if (path === undefined) throw missingColumn(source, name, columnNames(columns), use === 'keep')
  const elements: SchemaElement[] = []
  let level = columns
  for (const step of path) {
    const column = level.find((candidate) => candidate.name === step)!
    elements.push(column.element)
    level = column.columns
  }
  if (use === 'ids') return findIdLists(level, path, elements, { source, name })
  const leaf = elements.at(-1)!
  const isValue =
    leaf.type !== undefined && elements.every(({ repetition_type: kind }) => kind !== 'REPEATED')
  if (!isValue || (use === 'text' && leaf.type !== 'BYTE_ARRAY')) {
    const what = use === 'text' ? 'does not hold text' : 'holds no single value that could be kept'
    throw new CorpusError('missing-field', `column ${JSON.stringify(name)} ${what}`, { source })
  }
  return { path, elements }
}

/** The integers in a column of lists: below its group, whatever the writer called what is between. */
function findIdLists(
  below: readonly ParquetColumn[],
  path: readonly string[],
  elements: readonly SchemaElement[],
  { source, name }: { readonly source: string; readonly name: string },
): ColumnPath {
  const found = { path: [...path], elements: [...elements] }
  for (let level = below; level.length === 1; level = level[0]!.columns) {
    found.path.push(level[0]!.name)
    found.elements.push(level[0]!.element)
  }
  const { type, num_children: children = 0 } = found.elements.at(-1)!
  const isInteger = children === 0 && (type === 'INT32' || type === 'INT64')
  if (isInteger && listLevels(found.elements) !== undefined) return found
  const message = `column ${JSON.stringify(name)} does not hold lists of integers`
  throw new CorpusError('missing-field', message, { source })
}

/** Schema elements come one after the other, each with the number of its children, which follow it. */
function readTree(schema: readonly SchemaElement[]): readonly ParquetColumn[] {
  let at = 1
  const children = (count: number, depth: number): readonly ParquetColumn[] => {
    if (depth > 100) throw new Error('types lie too deep in each other')
    const columns: ParquetColumn[] = []
    for (let left = count; left > 0; left--) {
      const element = schema[at++]
      if (element === undefined) throw new Error('its schema ends within a column')
      columns.push({
        name: element.name,
        element,
        columns: children(element.num_children ?? 0, depth + 1),
      })
    }
    return columns
  }
  return children(schema[0]?.num_children ?? 0, 0)
}
