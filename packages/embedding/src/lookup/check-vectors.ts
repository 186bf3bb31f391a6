import { decodeBfloat16, decodeFloat16 } from '@sluice/torch-random'
import type { TableDtype } from '../dtype.ts'
import { EmbeddingError } from '../errors.ts'
import type { FirstBlock } from '../model/first-block.ts'
import { firstBlockTolerance } from '../model/first-block-tolerance.ts'
import type { ModelEmbedding } from '../model/model-embedding.ts'
import type { IdWindows } from '../model/steps/position-rows.ts'
import type { OrtProvider } from './provider.ts'

/** Memory for vectors: float32 values, or the bits of the model's half format. */
export interface VectorTargets {
  /** `[windows · length, embeddingDim]` */
  readonly inputsEmbeds: Float32Array | Uint16Array
  /** `[windows · length, width of the first block]`, where the stage makes it. */
  readonly firstBlock?: Float32Array | Uint16Array
}

/** Tokens that are computed twice. */
const checkedTokens = 64

/**
 * Compares the first tokens that a provider computed with the kernel: bit for bit, and norms and projections within their tolerance. A
 * device that flushes small numbers to zero, or keeps more digits than float32 between two steps, is found here.
 *
 * @throws EmbeddingError `provider-unavailable`
 */
export function checkAgainstKernel(
  model: ModelEmbedding,
  firstBlock: FirstBlock | undefined,
  {
    windows,
    targets,
    provider,
  }: { readonly windows: IdWindows; readonly targets: VectorTargets; readonly provider: OrtProvider },
): void {
  const { ids, attentionMask, positionIds } = windows
  // The beginning of a window has the positions that it has in the whole window.
  const count = Math.min(windows.length, checkedTokens)
  const some = {
    ids: ids.subarray(0, count),
    length: count,
    ...(attentionMask && { attentionMask: attentionMask.subarray(0, count) }),
    ...(positionIds && { positionIds: positionIds.subarray(0, count) }),
  }
  const embeds = model.inputsEmbeds(some.ids)
  compare('inputs_embeds', targets.inputsEmbeds, embeds, { dtype: model.dtype, provider, limit: 0 })
  if (firstBlock === undefined) return
  const want = firstBlock.compute(embeds, some)
  const limit = firstBlock.isExact ? 0 : firstBlockTolerance(want, model.dtype)
  compare('first_block', targets.firstBlock!, want, { dtype: model.dtype, provider, limit })
}

function compare(
  what: string,
  found: Float32Array | Uint16Array,
  want: Float32Array,
  {
    dtype,
    provider,
    limit,
  }: { readonly dtype: TableDtype; readonly provider: OrtProvider; readonly limit: number },
): void {
  const values = widened(found.subarray(0, want.length), dtype)
  const at = values.findIndex(
    (value, i) => !(Object.is(value, want[i]) || (limit > 0 && Math.abs(value - want[i]!) <= limit)),
  )
  if (at === -1) return
  throw new EmbeddingError(
    'provider-unavailable',
    `${provider} computes ${what} otherwise than the kernel: ${values[at]} and not ${want[at]} at element ${at}; use another provider`,
  )
}

/**
 * ONNX Runtime rounds what does not fit in float16 to infinity and says nothing: where there is an infinity, the kernel computes the same,
 * and refuses it unless the checkpoint itself has it.
 *
 * @throws EmbeddingError `overflow`
 */
export function refuseOverflow(
  model: ModelEmbedding,
  firstBlock: FirstBlock | undefined,
  windows: IdWindows,
  { inputsEmbeds, firstBlock: block }: VectorTargets,
): void {
  if (model.dtype !== 'f16') return
  if (!hasInfinity(inputsEmbeds) && !(block && hasInfinity(block))) return
  const embeds = model.inputsEmbeds(windows.ids)
  firstBlock?.compute(embeds, windows)
}

function hasInfinity(values: Float32Array | Uint16Array): boolean {
  return values instanceof Float32Array
    ? values.some((value) => value === Infinity || value === -Infinity)
    : values.some((bits) => (bits & 0x7fff) === 0x7c00)
}

function widened(values: Float32Array | Uint16Array, dtype: TableDtype): Float32Array {
  if (values instanceof Float32Array) return values
  const wide = new Float32Array(values.length)
  const decode = dtype === 'bf16' ? decodeBfloat16 : decodeFloat16
  decode(values, wide)
  return wide
}
