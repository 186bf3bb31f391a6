import { hasOnnxRuntime } from '@sluice/embedding'
import type { Plan } from './plan.ts'
import type { RunProvider } from './run-provider.ts'

/** Tables of which a process may hold a copy. */
const mostCopiedBytes = 512 << 20

/**
 * What looks embeddings up where nobody chose: the WebAssembly kernel is the fastest on a processor and copies the tables, once for
 * all threads; ONNX Runtime, where it is installed, maps those that are too large for that.
 */
export function defaultProvider(plan: Plan): RunProvider {
  // Rows of a model are copied by the kernel, whatever their size.
  if (plan.model !== undefined) return 'wasm'
  return tableByteLength(plan) > mostCopiedBytes && hasOnnxRuntime() ? 'cpu' : 'wasm'
}

/** Bytes of both tables as float32. */
export function tableByteLength({ config, tables, tokenizer }: Plan): number {
  const tokens = tables?.token.shape[0] ?? tokenizer.vocabSize
  const positions = Math.max(tables?.position?.shape[0] ?? 0, config.contextLength)
  return (tokens + positions) * config.dim * Float32Array.BYTES_PER_ELEMENT
}
