import { option, sentence } from '@sluice/errors'
import { CorpusError } from '../errors.ts'

/** A table without the column at all: an error under every policy, because nothing could come of the source. */
export function missingColumn(
  source: string,
  column: string,
  columns: readonly string[],
  isKept: boolean = false,
): CorpusError {
  const shown = columns.slice(0, 20).map((name) => JSON.stringify(name))
  const more = columns.length > shown.length ? `, … (${columns.length} in all)` : ''
  const which = option(isKept ? 'keep' : 'textField')
  const message = sentence`has no column ${JSON.stringify(column)}; set ${which} to one of ${shown.join(', ')}${more}`
  return new CorpusError('missing-field', message, { source })
}
