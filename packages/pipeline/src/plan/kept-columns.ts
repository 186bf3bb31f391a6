import { option, sentence } from '@sluice/errors'
import { corpusLimits } from '@sluice/corpus'
import { reservedColumnNames, type KeptLayout } from '@sluice/dataset'
import { RunError } from '../errors.ts'

/** The options that say what is kept. */
interface KeepOptions {
  readonly keep?: readonly string[]
  readonly maxKeptBytes?: number
}

/** A column of values that documents carry along. */
export interface KeptColumn {
  readonly name: string
  /** The field or column of the source that it is from. */
  readonly field: string
}

/** The columns that a configuration keeps: `field`, or `column=field`. */
export function keptColumns({ keep = [] }: KeepOptions): readonly KeptColumn[] {
  return keep.map((entry) => {
    const equals = entry.indexOf('=', 1)
    if (equals === -1) return { name: entry, field: entry }
    return { name: entry.slice(0, equals), field: entry.slice(equals + 1) }
  })
}

/** What the layout says of kept columns; undefined where there are none. */
export function keptLayout(config: KeepOptions): KeptLayout | undefined {
  if (config.keep === undefined) return undefined
  const names = keptColumns(config).map(({ name }) => name)
  return { names, valueBytes: config.maxKeptBytes ?? corpusLimits.keptBytes.default }
}

/** @throws RunError `invalid-config` for a name that two columns would have, and for a field that has none */
export function checkKept(config: KeepOptions): void {
  const columns = keptColumns(config)
  for (const [index, { name, field }] of columns.entries()) {
    if (field === '') throw invalid(`a field after \`=\`, got \`${name}=\``)
    if (columns.findIndex((other) => other.name === name) !== index)
      throw invalid(`each once, got \`${name}\` twice`)
    if (reservedColumnNames.includes(name))
      throw invalid(
        `fields that are no columns of a dataset, got \`${name}\`; name it anew: \`my_${name}=${field}\``,
      )
  }
}

function invalid(expected: string): RunError {
  return new RunError('invalid-config', sentence`Expected ${option('keep')} to name ${expected}`)
}
