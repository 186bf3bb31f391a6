import { hasOnnxRuntime } from '@sluice/embedding'
import type { Plan } from './plan.ts'
import type { RunProvider } from './run-provider.ts'

/** Tables that each thread may hold a copy of. */
const mostCopiedBytes = 128 << 20

/**
 * What looks embeddings up where nobody chose: the WebAssembly kernel is the fastest on a processor and copies the tables for
 * each thread; ONNX Runtime, where it is installed, maps those that are too large for that.
 */
export function defaultProvider({ config, tables, tokenizer }: Plan): RunProvider {
  const rows = tables?.token.shape[0] ?? tokenizer.vocabSize
  const tableBytes = (rows + config.contextLength) * config.dim * Float32Array.BYTES_PER_ELEMENT
  return tableBytes > mostCopiedBytes && hasOnnxRuntime() ? 'cpu' : 'wasm'
}
