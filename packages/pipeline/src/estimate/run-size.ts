import { rowByteLengthOf } from '@sluice/dataset'
import type { Plan } from '../plan/plan.ts'
import { modelByteLength } from '../plan/planned-model.ts'
import type { PlannedConfig } from '../plan/plan.ts'

/** What the output will take, in bytes; `exact` once every id is counted, before that measured on a sample. */
export interface RunSize {
  readonly tokens: number
  readonly windows: number
  /** The parts with everything in them, and the tables. */
  readonly byteLength: number
  readonly exact: boolean
}

/** How much text there is, counted or estimated. */
export interface TextSize {
  readonly tokens: number
  readonly windows: number
}

/** Bytes that a run of that size writes: rows and tables, without the few hundred bytes of each file's frame. */
export function runSizeOf(plan: Plan, { tokens, windows }: TextSize, exact: boolean): RunSize {
  const { config, model, tokenizer } = plan
  const drawn = config.embeddings === 'none' ? 0 : tableByteLength(tokenizer.vocabSize, config)
  const tables = model === undefined ? drawn : modelByteLength(model)
  return { tokens, windows, byteLength: windows * rowByteLengthOf(plan.layout) + tables, exact }
}

/** Bytes of the token and the position table. */
export function tableByteLength(
  vocabSize: number,
  { contextLength, dim }: Pick<PlannedConfig, 'contextLength' | 'dim'>,
): number {
  return (vocabSize + contextLength) * dim * Float32Array.BYTES_PER_ELEMENT
}
