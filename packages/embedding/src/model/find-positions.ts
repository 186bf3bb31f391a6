import type { AttentionPositions, LeftOut, PositionsOf } from './attention/attention-positions.ts'
import { disentangledPositions } from './attention/disentangled.ts'
import { biasPositions } from './attention/learned-bias.ts'
import { rotaryPositions } from './attention/rotary-positions.ts'
import { slopePositions } from './attention/slopes.ts'

/** Model types whose attention has no positions of its own, or none that text has: they add learned ones, or are recurrent. */
const without: ReadonlySet<string> = new Set([
  ...[
    'gpt2',
    'gpt_bigcode',
    'gpt_neo',
    'opt',
    'whisper',
    'bert',
    'electra',
    'albert',
    'roberta',
    'xlm-roberta',
  ],
  ...['camembert', 'data2vec-text', 'roberta-prelayernorm', 'xlm-roberta-xl', 'gpt-sw3', 'bert-generation'],
  ...['big_bird', 'convbert', 'ernie', 'megatron-bert', 'mra', 'nystromformer', 'splinter', 'yoso'],
  ...['distilbert', 'bart', 'mbart', 'mamba', 'mamba2', 'falcon_mamba', 'rwkv'],
])

/**
 * The positions inside attention that a model asks for: rotary ones, ALiBi, the learned biases of T5, and DeBERTa's keys and queries by distance.
 *
 * @param contextLength rows of tables by position
 * @returns undefined where the model has none
 */
export function attentionPositions(
  model: PositionsOf,
  contextLength: number,
): AttentionPositions | LeftOut | undefined {
  const { config } = model
  const found =
    slopePositions(config) ??
    rotaryPositions(config, contextLength) ??
    biasPositions(model) ??
    disentangledPositions(model, contextLength)
  if (found !== undefined) return found
  const asked = config.field('position_embedding_type')
  if (asked === 'relative_key' || asked === 'relative_key_query') {
    return {
      leftOut: `${asked} positions: transformers 5 has none in ${config.modelType} and adds its learned positions, as is done here`,
    }
  }
  // A DeBERTa whose configuration asks for none has learned positions alone.
  if (without.has(config.modelType) || model.recipe.disentangled !== undefined) return undefined
  return { leftOut: `positions inside attention of ${config.modelType}, whose rules are not known here` }
}
