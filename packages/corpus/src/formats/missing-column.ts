import { CorpusError } from '../corpus-error.ts'

/** A table without the column at all: an error under every policy, because nothing could come of the source. */
export function missingColumn(source: string, column: string, columns: readonly string[]): CorpusError {
  const shown = columns.slice(0, 20).map((name) => JSON.stringify(name))
  const more = columns.length > shown.length ? `, … (${columns.length} in all)` : ''
  const message = `has no column ${JSON.stringify(column)}; set the field to one of ${shown.join(', ')}${more}`
  return new CorpusError('missing-field', message, { source })
}
