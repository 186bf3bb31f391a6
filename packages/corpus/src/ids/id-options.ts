import { CorpusError } from '../errors.ts'

/** Largest vocabulary: ids are stored as signed 32-bit integers. */
export const mostVocabSize: number = 2 ** 31 - 1

/** What is known of ids that a corpus holds in place of texts. */
export interface IdOptions {
  /**
   * One more than the highest id: an id outside is an error.
   * @minimum 1
   */
  readonly vocabSize: number
  /**
   * The id that ends a document in a flat file or a 1-D `.npy`: it is not read as part of one.
   * @default each file is one document
   */
  readonly endId?: number
}

/** @throws CorpusError `invalid-options` */
export function resolveIdOptions(options: IdOptions | undefined): IdOptions | undefined {
  if (options === undefined) return undefined
  const { vocabSize, endId } = options
  if (!Number.isSafeInteger(vocabSize) || vocabSize < 1 || vocabSize > mostVocabSize)
    throw invalid('ids.vocabSize', `an integer from 1 to ${mostVocabSize}`, vocabSize)
  if (endId !== undefined && (!Number.isSafeInteger(endId) || endId < 0))
    throw invalid('ids.endId', 'an id', endId)
  return endId === undefined ? { vocabSize } : { vocabSize, endId }
}

function invalid(name: string, expected: string, got: unknown): CorpusError {
  return new CorpusError('invalid-options', `expected ${name} to be ${expected}, got ${JSON.stringify(got)}`)
}
