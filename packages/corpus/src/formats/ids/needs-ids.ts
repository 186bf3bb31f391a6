import { CorpusError } from '../../errors.ts'
import type { IdOptions } from '../../ids/id-options.ts'
import type { SegmentInput } from '../format.ts'

/** What is known of the ids of a source that holds nothing else. @throws CorpusError `invalid-options` where nothing is */
export function idsOf({ source, options }: Pick<SegmentInput, 'source' | 'options'>): IdOptions {
  if (options.ids !== undefined) return options.ids
  const message = 'holds ids, which are read with the option `ids`'
  throw new CorpusError('invalid-options', message, { source: source.name })
}
