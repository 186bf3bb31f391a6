import type { DocumentDataset } from '@sluice/dataset'
import { checkWhole, DataLoaderError, invalid } from '../errors.ts'
import { readKeptOfDocuments, readPadded, type PaddedDocuments } from '../source/padded-documents.ts'
import type { KeptTexts } from '../source/window-source.ts'
import { resolveOptions, type DataLoaderOptions } from './options.ts'
import { RowLoader } from './row-loader.ts'

/** Options of {@link createDocumentLoader}: those of `createDataLoader` that mean something for documents, and how they are filled up. */
export interface DocumentLoaderOptions extends Pick<
  DataLoaderOptions,
  | 'batchSize'
  | 'shuffle'
  | 'dropLast'
  | 'generator'
  | 'globalGenerator'
  | 'seed'
  | 'epoch'
  | 'replacement'
  | 'numSamples'
  | 'rank'
  | 'worldSize'
  | 'uneven'
  | 'blockSize'
  | 'blocksTogether'
  | 'persistentWorkers'
  | 'embeds'
  | 'columns'
> {
  /** The id that stands where a document is filled up; `attentionMask` is 0 there. @default 0 */
  readonly padId?: number
  /** L is a multiple of this: fewer different shapes. @default 1 */
  readonly padToMultipleOf?: number
}

/** One batch of whole documents: flat typed arrays, row-major, which may be kept. */
export interface DocumentBatch extends Omit<PaddedDocuments, 'length'> {
  readonly epoch: number
  /** Place of the batch in its epoch, from 0. */
  readonly step: number
  /** `[n, L]`: L is the length of the longest document, or the next multiple of `padToMultipleOf`. Of pooled rows 0. */
  readonly shape: readonly [rows: number, length: number]
  /** The numbers of the documents, one for each row. */
  readonly documents: Float64Array
  /** What each document carries along, for each of the loader's `columns`: one text a row, or null. */
  readonly kept?: KeptTexts
}

/** Batches of whole documents for training. Each `for await` is one epoch; the next one is the next epoch. */
export class DocumentLoader extends RowLoader<PaddedDocuments, DocumentBatch> {}

/**
 * Batches of the rows of a dataset that has one for each document (`openDocuments`), filled up behind each document.
 *
 * The same documents in the same order as the Python reader's `SluiceBatches` over `open_documents`, for the same options.
 *
 * @throws DataLoaderError `invalid-argument`; `empty` when there is no document to shuffle
 */
export function createDocumentLoader(
  dataset: DocumentDataset,
  { padId = 0, padToMultipleOf = 1, ...options }: DocumentLoaderOptions = {},
): DocumentLoader {
  const resolved = resolveOptions(options)
  const { layout, manifest, length } = dataset
  checkWhole('padToMultipleOf', padToMultipleOf, 1)
  if (checkWhole('padId', padId, 0) >= layout.vocabSize)
    throw invalid(`Expected \`padId\` below ${layout.vocabSize}, got ${padId}`)
  if (resolved.shuffle !== false && length === 0)
    throw new DataLoaderError('empty', 'Expected documents to shuffle, got none')
  const pad = { embeds: resolved.embeds, padId, padToMultipleOf }
  return new DocumentLoader(
    {
      row: 'document',
      length,
      keptNames: layout.kept?.names ?? [],
      identity: () => `dataset:${manifest.planId}`,
      readKept: (documents, columns) => readKeptOfDocuments(dataset, documents, columns),
      makeBatch: ({ epoch, step }, documents, { length: longest, ...padded }, kept) => ({
        ...{ epoch, step, shape: [documents.length, longest], documents },
        ...padded,
        ...(kept && { kept }),
      }),
      // The dataset stays open: it is its opener's.
      close: async () => {},
    },
    {
      ahead: 0,
      read: (documents) => readPadded(dataset, documents, pad),
      restart: () => {},
      close: async () => {},
    },
    { length, blockSize: layout.rowsPerBatch, mixture: undefined },
    resolved,
  )
}
