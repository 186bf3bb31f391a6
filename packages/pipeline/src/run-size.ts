import { countWindows } from '@sluice/dataloader'
import { rowByteLengthOf } from '@sluice/dataset'
import type { Plan } from './plan.ts'
import type { RunSize } from './run-event.ts'

/** What a run of so many ids will write, in bytes: rows and tables, without the few hundred bytes of each file's frame. */
export function runSizeOf(plan: Plan, tokens: number, exact: boolean): RunSize {
  const windows = countWindows(tokens, plan.config)
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
