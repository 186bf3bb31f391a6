import { option, sentence } from '@sluice/errors'
import { redactLocator, type SourceFormat } from '@sluice/corpus'
import {
  isSourceList,
  resolveLayout,
  largestRowByteLengthOf,
  tokensPerPartOf,
  windowsPerPartOf,
  type DatasetLayout,
  type EmbeddingDtype,
  type SourceList,
  type SourceReader,
} from '@sluice/dataset'
import type { TokenizerFileDetails, TokenizerFileKind } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'
import { frameLength, frameOf, type DocumentFrame } from './document-frame.ts'
import { keptLayout } from './kept-columns.ts'
import type { PlannedModel } from './planned-model.ts'
import type { PlannedTables } from './planned-tables.ts'
import { checkWidth } from './relative-positions.ts'
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
  /**
   * All ids of the run are below it; absent where that is `vocabSize`. What lies beyond are special tokens that have no row in the
   * model's table, and that the run takes as text.
   */
  readonly idsBelow?: number
  /** The id between documents, and of padding. */
  readonly endOfTextId: number
  readonly sha256: string
  /** Kind of the file that it was read from, a copy of which lies in the dataset; absent for a built-in one, `none` for ids without one. */
  readonly kind?: TokenizerFileKind | 'none'
  /** Facts that the file does not say itself. */
  readonly details?: TokenizerFileDetails
  /** The tokenizer has added tokens that are no special ones, and they are found in every text; absent where it has none. */
  readonly addedTokens?: 'found'
  /** Ids around the text of each document; absent where none stand there. */
  readonly frame?: DocumentFrame
}

/** The sources of a plan: themselves, or the list that holds them. */
export type PlannedSources = readonly PlannedSource[] | SourceList

/** Reads those sources of a plan that are asked for: no worker holds a list of millions. */
export type PlannedSourceReader = SourceReader<PlannedSource>

/**
 * What a run will do, as plain data: everything its output bytes depend on, and nothing else. Threads, segment sizes
 * and retries are not in it.
 */
export interface Plan {
  /** 2 where the sources are a list. */
  readonly version: 1 | 2
  readonly config: PlannedConfig
  readonly tokenizer: PlannedTokenizer
  /** The model whose vectors the rows get; absent where tables are drawn. */
  readonly model?: PlannedModel
  /** The tables that the run was given; absent where they are drawn or a model's. */
  readonly tables?: PlannedTables
  /** Many of them are a list of their own: `openPlannedSources` reads either. */
  readonly sources: PlannedSources
  readonly layout: DatasetLayout
  /** Windows of every part except the last: a multiple of the layout's `rowsPerBatch`. */
  readonly windowsPerPart: number
  /** Of rows that are documents the most ids of a part, but for one of a single document; absent of windows. */
  readonly tokensPerPart?: number
  /** Which documents of the corpus are in the dataset; absent where all are. */
  readonly split?: SplitName
}

/** A configuration with what the model says of it filled in. */
export type PlannedConfig = RunConfig & { readonly dim: number; readonly dtype: EmbeddingDtype }

/** Where the vectors come from, if not from tables that are drawn. */
export interface PlannedVectors {
  readonly model?: PlannedModel | undefined
  readonly tables?: PlannedTables | undefined
}

/** The two datasets that a run with a split makes. */
export type SplitName = 'train' | 'validation'

/** A thread holds one row at least, and no array may have more than 2^31 elements. */
const mostRowBytes = 1 << 30

/**
 * Plans a run. Pure: the same configuration and contents give the same plan.
 *
 * @throws RunError `invalid-config` for a window that is too large, or a model that the configuration contradicts
 */
export function planRun(
  config: RunConfig,
  tokenizer: PlannedTokenizer,
  sources: PlannedSources,
  split?: SplitName,
  { model, tables }: PlannedVectors = {},
): Plan {
  const kept = keptLayout(config)
  const { dim, dtype } = vectorsOf(config, tokenizer, { model, tables })
  const layout = resolveLayout({
    maxLength: config.maxLength,
    vocabSize: idsBelow(tokenizer),
    embedding: config.embeddings,
    ...{ dim, dtype },
    ...(model?.firstBlockDim !== undefined && { firstBlockDim: model.firstBlockDim }),
    layout: config.layout,
    idType: config.idType,
    ids: config.ids,
    ...(config.ids === 'once' && config.tail === 'pad' && { fillId: tokenizer.endOfTextId }),
    format: config.ipc,
    documents: config.documents,
    positionIds: config.positions === 'restart',
    pieces: config.packing === 'best-fit',
    ...(kept && { kept }),
    per: config.per,
    pool: config.pool,
  })
  checkFrame(config, tokenizer)
  if (config.reference && model === undefined)
    throw new RunError('invalid-config', sentence`Expected a ${option('model')} with ${option('reference')}`)
  const rowByteLength = largestRowByteLengthOf(layout)
  if (rowByteLength > mostRowBytes) {
    throw new RunError(
      'invalid-config',
      sentence`Expected a ${config.per} to take at most ${mostRowBytes} bytes, got ${rowByteLength}; use a smaller ${option('maxLength')} or ${option('dim')}`,
    )
  }
  const windowsPerPart = windowsPerPartOf(layout)
  // The tokenizer and the model stand in the plan by their content: where their files lay does not matter.
  const separatorId =
    config.separatorId === null && config.model === null ? null : String(tokenizer.endOfTextId)
  // A plan is stored, shown and handed to others: secrets of URLs reach the client only.
  const corpus = config.corpus.map(redactLocator)
  const contextLength = tables?.position?.shape[0] ?? config.contextLength
  const { tokenizerPattern: _pattern, tokenizerSpecials: _specials, ...others } = config
  const content = {
    ...others,
    ...withoutFiles,
    contextLength,
    dim,
    dtype,
    corpus,
    tokenizer: null,
    separatorId,
    bosId: config.bos ? String(tokenizer.frame?.before[0]) : null,
  }
  return {
    ...{ version: isSourceList(sources) ? 2 : 1, config: content, tokenizer },
    ...(model && { model }),
    ...(tables && { tables }),
    ...{ sources, layout, windowsPerPart },
    ...(config.per === 'document' && { tokensPerPart: tokensPerPartOf(layout) }),
    ...(split && { split }),
  }
}

/** The bound of a run's ids. */
export function idsBelow({
  idsBelow: bound,
  vocabSize,
}: Pick<PlannedTokenizer, 'idsBelow' | 'vocabSize'>): number {
  return bound ?? vocabSize
}

/** A document that is cut off keeps what stands around its text, and some text. */
function checkFrame({ per, maxLength, separator }: RunConfig, tokenizer: PlannedTokenizer): void {
  const around = frameLength(frameOf(tokenizer)) + (separator === 'after' ? 1 : 0)
  if (per === 'window' || maxLength > around) return
  throw new RunError(
    'invalid-config',
    sentence`Expected ${option('maxLength')} to be more than ${around}, the ids around each document, got ${maxLength}`,
  )
}

/** What the options about files are in a plan: {@link Plan.model} and {@link Plan.tables} say it all. */
const withoutFiles = {
  model: null,
  tables: null,
  positionTensor: null,
  stage: 'inputs-embeds',
  tokenTensor: null,
  computeDtype: null,
  semantics: '5',
} as const

/** Width and element type of `inputs_embeds`. */
function vectorsOf(
  { dim, dtype: asked, contextLength, positionEncoding, heads, pool }: RunConfig,
  tokenizer: PlannedTokenizer,
  { model, tables }: PlannedVectors,
): { readonly dim: number; readonly dtype: EmbeddingDtype } {
  const dtype = pool === 'mean' ? 'f32' : asked
  const table = model?.tensors[0] ?? tables?.token
  if (table === undefined) return { dim: dim ?? 256, dtype: dtype ?? 'f32' }
  const [rows = 0, embeddingDim = 0] = table.shape
  if (dim !== undefined && dim !== embeddingDim) {
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option('dim')} to be left out or ${embeddingDim}, the width of ${table.name}, got ${dim}`,
    )
  }
  const position = tables?.position
  if (position !== undefined && (position.shape[0]! < contextLength || position.shape[1] !== embeddingDim)) {
    throw new RunError(
      'invalid-config',
      sentence`Expected ${position.name} to have at least ${contextLength} rows (${option('contextLength')}) of ${embeddingDim} columns, got [${position.shape.join(', ')}]`,
    )
  }
  checkWidth(embeddingDim, positionEncoding, heads)
  if (idsBelow(tokenizer) > rows) {
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option('tokenizer')} to have at most ${rows} ids, the rows of ${table.name}, got ${tokenizer.vocabSize}: the model was not resized for its tokenizer; resize it (resize_token_embeddings of transformers) and save it. Only special tokens may have no row, where ${option('special')} is not all`,
    )
  }
  return { dim: embeddingDim, dtype: dtype ?? model?.dtype ?? 'f32' }
}

/**
 * What says where in its source an id is: the bytes of its text, its number where every id has as many bytes, or nothing but its
 * document.
 */
export type PlaceRule = 'text' | 'evenly' | 'document'

/** How the ids of a source are placed. @param keepsText whether the bytes of ids' texts are those of the text */
export function placeRuleOf({ format }: Pick<PlannedSource, 'format'>, keepsText: boolean): PlaceRule {
  if (format === 'npy' || format.startsWith('ids-')) return 'evenly'
  return format === 'txt' && keepsText ? 'text' : 'document'
}

/** Whether positions in a source are bytes of the text itself; elsewhere they number lines or rows. */
export function positionsAreBytes({ format }: Pick<PlannedSource, 'format'>): boolean {
  return format === 'txt'
}
