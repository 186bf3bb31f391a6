import { rowByteLengthOf, tokenByteLengthOf, tokenFilesByteLength, type DatasetLayout } from '@sluice/dataset'
import type { Plan } from '../plan/plan.ts'
import { relativeTableSize } from '../plan/relative-positions.ts'
import { modelByteLength } from '../plan/planned-model.ts'
import type { PlannedConfig } from '../plan/plan.ts'

/** What the output will take, in bytes; `exact` once every id is counted, before that measured on a sample. */
export interface RunSize {
  readonly tokens: number
  /** 0 of token files. */
  readonly windows: number
  /** The windows are documents, a row each. */
  readonly per?: 'document'
  /** The parts with everything in them, and the tables; or the token files. */
  readonly byteLength: number
  readonly exact: boolean
}

/** How much text there is, counted or estimated. */
export interface TextSize {
  readonly tokens: number
  readonly documents: number
  readonly windows: number
  /** Of the tokens those that no row holds, where rows are documents and are cut off. @default 0 */
  readonly tailTokens?: number
}

/** Bytes that a run of that size writes: rows and tables, without the few hundred bytes of each file's frame. */
export function runSizeOf(plan: Plan, size: TextSize, exact: boolean): RunSize {
  const { tokens, documents, windows } = size
  const { to } = plan.config
  if (to !== null) {
    const byteLength = tokenFilesByteLength(to, plan.tokenizer.vocabSize, { tokens, documents })
    return { tokens, windows: 0, byteLength, exact }
  }
  const { per } = plan.layout
  return {
    tokens,
    windows,
    ...(per && { per }),
    byteLength: rowBytesOf(plan.layout, size) + tableBytesOf(plan),
    exact,
  }
}

/** Bytes of all rows: each has its own, and of documents each id too. */
export function rowBytesOf(layout: DatasetLayout, { tokens, windows, tailTokens = 0 }: TextSize): number {
  const ofTokens = layout.per === 'document' ? (tokens - tailTokens) * tokenByteLengthOf(layout) : 0
  return windows * rowByteLengthOf(layout) + ofTokens
}

/** Bytes of the tables that a plan's run writes. */
export function tableBytesOf({ config, model, tables, tokenizer }: Omit<Plan, 'layout'>): number {
  if (config.embeddings === 'none') return 0
  if (model !== undefined) return modelByteLength(model)
  return tableByteLength(tables?.token.shape[0] ?? tokenizer.vocabSize, config)
}

/** Bytes of the token and the position tables. */
export function tableByteLength(
  rows: number,
  config: Pick<PlannedConfig, 'contextLength' | 'positionEncoding' | 'dim' | 'heads' | 'positionBase'>,
): number {
  const { contextLength, positionEncoding, dim } = config
  const isAdded = positionEncoding === 'learned' || positionEncoding === 'sinusoidal'
  const positions = isAdded ? contextLength : 0
  return ((rows + positions) * dim + relativeTableSize(config)) * Float32Array.BYTES_PER_ELEMENT
}
