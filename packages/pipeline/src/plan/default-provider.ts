import type { EmbedderOptions } from '@sluice/embedding'
import type { Plan } from './plan.ts'

/** An execution provider, or `auto`: the fastest that is here, by a short measurement. */
export type RunProvider = NonNullable<EmbedderOptions['provider']>

/** Tables that each thread may hold a copy of. */
const mostCopiedBytes = 128 << 20

/**
 * What looks embeddings up where nobody chose: the WebAssembly kernel is the fastest on a processor and copies the tables for
 * each thread; ONNX Runtime maps those that are too large for that.
 */
export function defaultProvider({ config, tokenizer }: Plan): RunProvider {
  const tableBytes =
    (tokenizer.vocabSize + config.contextLength) * config.dim * Float32Array.BYTES_PER_ELEMENT
  return tableBytes <= mostCopiedBytes ? 'wasm' : 'cpu'
}
