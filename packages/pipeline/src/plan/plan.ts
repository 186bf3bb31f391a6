import { option, sentence } from '@sluice/errors'
import { redactLocator, type SourceFormat } from '@sluice/corpus'
import { resolveLayout, rowByteLengthOf, type DatasetLayout } from '@sluice/dataset'
import type { TokenizerFileDetails, TokenizerFileKind } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'
import { keptLayout } from './kept-columns.ts'
import type { RunConfig } from './run-config.ts'

/** Identity and format of one source. */
export interface PlannedSource extends SourceFormat {
  readonly name: string
  readonly byteLength: number
  /** sha256 of its bytes as stored, in hexadecimal. */
  readonly sha256: string
}

/** Identity of the tokenizer. */
export interface PlannedTokenizer {
  readonly name: string
  readonly vocabSize: number
  /** The id between documents, and of padding. */
  readonly endOfTextId: number
  readonly sha256: string
  /** Kind of the file that it was read from, a copy of which lies in the dataset; absent for a built-in one. */
  readonly kind?: TokenizerFileKind
  /** Facts that the file does not say itself. */
  readonly details?: TokenizerFileDetails
}

/**
 * What a run will do, as plain data: everything its output bytes depend on, and nothing else. Threads, segment sizes
 * and retries are not in it.
 */
export interface Plan {
  readonly version: 1
  readonly config: RunConfig
  readonly tokenizer: PlannedTokenizer
  readonly sources: readonly PlannedSource[]
  readonly layout: DatasetLayout
  /** Windows of every part except the last: a multiple of the layout's `rowsPerBatch`. */
  readonly windowsPerPart: number
  /** Which documents of the corpus are in the dataset; absent where all are. */
  readonly split?: SplitName
}

/** The two datasets that a run with a split makes. */
export type SplitName = 'train' | 'validation'

/** Parts are about this big, so that one is a task of seconds and a reader maps few of them. */
const partByteLength = 128 << 20

/** A thread holds one row at least, and no array may have more than 2^31 elements. */
const mostRowBytes = 1 << 30

/** Plans a run. Pure: the same configuration and contents give the same plan. */
export function planRun(
  config: RunConfig,
  tokenizer: PlannedTokenizer,
  sources: readonly PlannedSource[],
  split?: SplitName,
): Plan {
  const kept = keptLayout(config)
  const layout = resolveLayout({
    maxLength: config.maxLength,
    vocabSize: tokenizer.vocabSize,
    embedding: config.embeddings,
    dim: config.dim,
    dtype: config.dtype,
    layout: config.layout,
    idType: config.idType,
    format: config.ipc,
    documents: config.documents,
    positionIds: config.positions === 'restart',
    pieces: config.packing === 'best-fit',
    ...(kept && { kept }),
  })
  const rowByteLength = rowByteLengthOf(layout)
  if (rowByteLength > mostRowBytes) {
    throw new RunError(
      'invalid-config',
      sentence`Expected a window to take at most ${mostRowBytes} bytes, got ${rowByteLength}; use a smaller ${option('maxLength')} or ${option('dim')}`,
    )
  }
  const batchByteLength = rowByteLength * layout.rowsPerBatch
  const windowsPerPart = Math.max(1, Math.round(partByteLength / batchByteLength)) * layout.rowsPerBatch
  // The tokenizer stands in the plan by its content: where its file lay does not matter.
  const separatorId = config.separatorId === null ? null : String(tokenizer.endOfTextId)
  // A plan is stored, shown and handed to others: secrets of URLs reach the client only.
  const corpus = config.corpus.map(redactLocator)
  const content = { ...config, corpus, tokenizer: null, separatorId }
  return { version: 1, config: content, tokenizer, sources, layout, windowsPerPart, ...(split && { split }) }
}

/** Whether positions in a source are bytes of the text itself; elsewhere they number lines or rows. */
export function positionsAreBytes({ sources }: Plan, source: number): boolean {
  return sources[source]?.format === 'txt'
}
