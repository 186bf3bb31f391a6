import { rowByteLengthOf } from '@sluice/dataset'
import type { Plan } from './plan.ts'
import type { RunSize } from './run-event.ts'

/** How much text there is, counted or estimated. */
export interface TextSize {
  readonly tokens: number
  readonly windows: number
}

/** What a run of so many ids will write, in bytes: rows and tables, without the few hundred bytes of each file's frame. */
export function runSizeOf(plan: Plan, { tokens, windows }: TextSize, exact: boolean): RunSize {
  return {
    tokens,
    windows,
    byteLength: windows * rowByteLengthOf(plan.layout) + tableByteLength(plan),
    exact,
  }
}

function tableByteLength({ config, tokenizer }: Plan): number {
  if (config.embeddings === 'none') return 0
  return (tokenizer.vocabSize + config.contextLength) * config.dim * Float32Array.BYTES_PER_ELEMENT
}
