import type { ArrowField } from './schema.ts'

/** A value of a column: text as bytes of its buffer, other values as themselves. */
export type ArrowValue = Uint8Array | string | number | bigint | boolean

/** Reads the value of a row; `undefined` for a null. */
export type ReadRow = (row: number) => ArrowValue | undefined

/** Where the entries of dictionaries come from. */
export interface DictionaryEntries {
  /** @throws Error for a dictionary that is missing or damaged */
  readonly entriesOf: (field: ArrowField) => readonly (ArrowValue | undefined)[]
}
