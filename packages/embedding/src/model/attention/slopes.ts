import { alibiSlopes, mptSlopes } from '../../positions/alibi.ts'
import type { AttentionPositions, LeftOut } from './attention-positions.ts'
import type { ModelConfig } from '../model-config.ts'
import { numberIn } from './config-values.ts'

/** More heads than any model has. */
const mostHeads = 1 << 14

/** Who has ALiBi, and where config.json says how many heads. */
const alibiTypes: Readonly<
  Record<string, { readonly heads: readonly string[]; readonly slopes: typeof alibiSlopes }>
> = {
  bloom: { heads: ['n_head', 'num_attention_heads'], slopes: alibiSlopes },
  falcon: { heads: ['num_attention_heads', 'n_head'], slopes: alibiSlopes },
  mpt: { heads: ['n_heads'], slopes: mptSlopes },
}

/** ALiBi of a model's config.json. */
export function slopePositions(config: ModelConfig): AttentionPositions | LeftOut | undefined {
  const { modelType } = config
  const type = Object.hasOwn(alibiTypes, modelType) ? alibiTypes[modelType] : undefined
  if (type === undefined || (modelType === 'falcon' && !config.isTrue('alibi'))) return undefined
  const numHeads = type.heads.map((name) => numberIn(config.field(name))).find((count) => count !== undefined)
  if (numHeads === undefined || !Number.isSafeInteger(numHeads) || numHeads < 1 || numHeads > mostHeads)
    return { leftOut: `ALiBi of ${modelType}: ${numHeads ?? 'no number of'} heads` }
  return {
    kind: 'alibi',
    sizes: { numHeads },
    tensors: [{ name: 'alibi.slopes', dtype: 'F32', shape: [numHeads], data: type.slopes(numHeads) }],
    stored: [],
    formula:
      'score of head h += slopes[h] · j, which differs from -slopes[h] |i - j| by a constant of each query; fixed',
    source: `Press et al. 2022 (ALiBi), as transformers 5 computes it for ${modelType}`,
  }
}
