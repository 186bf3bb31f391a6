import type { SourceFormat } from '@sluice/corpus'
import { resolveLayout, rowByteLengthOf, sha256OfJson, type DatasetLayout } from '@sluice/dataset'
import type { RunConfig } from './run-config.ts'

/** Who a source's content is, and how it is read. */
export interface PlannedSource extends SourceFormat {
  readonly name: string
  readonly byteLength: number
  /** sha256 of its bytes as stored, in hexadecimal. */
  readonly sha256: string
}

/** Who the tokenizer is. */
export interface PlannedTokenizer {
  readonly name: string
  readonly vocabSize: number
  readonly endOfTextId: number
  readonly sha256: string
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
  /** Which documents of the corpus the run is about; absent where it is about all. */
  readonly split?: SplitName
}

/** The two datasets that a run with a split makes. */
export type SplitName = 'train' | 'validation'

/** Parts are about this big, so that one is a task of seconds and a reader maps few of them. */
const partByteLength = 128 << 20

/** Pure: the same configuration and contents give the same plan. */
export function planRun(
  config: RunConfig,
  { name, vocabSize, endOfTextId, sha256 }: PlannedTokenizer,
  sources: readonly PlannedSource[],
  split?: SplitName,
): Plan {
  const layout = resolveLayout({
    maxLength: config.maxLength,
    vocabSize,
    embedding: config.embeddings,
    dim: config.dim,
    dtype: config.dtype,
    layout: config.layout,
    idType: config.idType,
    format: config.ipc,
    documents: config.documents,
    positionIds: config.positions === 'restart',
  })
  const batchByteLength = rowByteLengthOf(layout) * layout.rowsPerBatch
  const windowsPerPart = Math.max(1, Math.round(partByteLength / batchByteLength)) * layout.rowsPerBatch
  const tokenizer = { name, vocabSize, endOfTextId, sha256 }
  return { version: 1, config, tokenizer, sources, layout, windowsPerPart, ...(split && { split }) }
}

/** Whether positions in a source are bytes of the text itself; elsewhere they number lines or rows. */
export function positionsAreBytes({ sources }: Plan, source: number): boolean {
  return sources[source]?.format === 'txt'
}

/** The identity of a run: sha256 of its plan as canonical JSON. */
export function planIdOf(plan: Plan): string {
  return sha256OfJson(plan)
}
