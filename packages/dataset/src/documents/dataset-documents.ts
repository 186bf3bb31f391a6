import type { Dataset } from '../reader/dataset.ts'
import { cutDocuments } from './cut-documents.ts'
import { resolveUnit, type DocumentRule, type SequenceUnit } from './document-unit.ts'
import { packedDocuments } from './packed-documents.ts'
import { streamDocuments } from './stream-documents.ts'
import type { TokenRun } from './token-run.ts'
import { windowDocuments } from './window-documents.ts'

const readDocuments: Readonly<Record<DocumentRule, (dataset: Dataset) => AsyncGenerator<TokenRun, void>>> = {
  stream: streamDocuments,
  cut: cutDocuments,
  packed: packedDocuments,
}

/** The documents that a dataset holds, as one sequence of ids. */
export interface DatasetDocuments {
  readonly unit: SequenceUnit
  readonly runs: AsyncGenerator<TokenRun, void>
}

/**
 * The one description of "the documents of a dataset" that every flat export uses: what tail, packing, boundary, order,
 * overlap and filling left of the corpus' documents, in their order.
 *
 * @throws DatasetError `invalid-argument` where documents are wanted and the dataset cannot tell them.
 */
export function datasetDocuments(dataset: Dataset, asked: SequenceUnit | undefined): DatasetDocuments {
  const resolved = resolveUnit(dataset.manifest, asked)
  const { unit } = resolved
  if (resolved.unit === 'window') return { unit, runs: windowDocuments(dataset) }
  return { unit, runs: readDocuments[resolved.rule](dataset) }
}
