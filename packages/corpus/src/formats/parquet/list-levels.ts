import type { SchemaElement } from 'hyparquet'

/** What the levels of a column of lists mean. */
export interface ListLevels {
  readonly maxRepetition: number
  /** The level of a value that is there. */
  readonly maxDefinition: number
  /** From this level on the row's list has an item; one below it is empty. */
  readonly item: number
}

/**
 * The levels of a column of lists of numbers, by the schema elements on the way to it; undefined where it is none: not repeated, or
 * lists of lists.
 */
export function listLevels(elements: readonly SchemaElement[]): ListLevels | undefined {
  let definition = 0
  let item: number | undefined
  for (const { repetition_type: kind } of elements) {
    if (kind !== 'REQUIRED') definition++
    if (kind !== 'REPEATED') continue
    if (item !== undefined) return undefined
    item = definition
  }
  return item === undefined ? undefined : { maxRepetition: 1, maxDefinition: definition, item }
}
