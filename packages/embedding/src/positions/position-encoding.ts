import type { BitFamily, Generator } from '@sluice/torch-random'
import { createEmbeddingTable } from '../create-table.ts'
import type { TensorToWrite } from '../safetensors/write.ts'
import type { EmbeddingTable } from '../table.ts'
import { alibiSlopes } from './alibi.ts'
import { bertRows, shawRows } from './relative-distance.ts'
import { rotaryTables } from './rotary.ts'
import { sinusoidalTable } from './sinusoidal.ts'
import { transformerXlEncodings } from './transformer-xl.ts'

/** A kind of position encoding and its sizes. */
export type PositionConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'learned'; readonly contextLength: number }
  | { readonly kind: 'sinusoidal'; readonly contextLength: number; readonly base?: number }
  | {
      readonly kind: 'rotary'
      readonly contextLength: number
      readonly headDim: number
      readonly base?: number
    }
  | { readonly kind: 'transformer-xl'; readonly keyLength: number; readonly base?: number }
  | { readonly kind: 'shaw'; readonly maxDistance: number; readonly headDim: number }
  | {
      readonly kind: 'relative_key' | 'relative_key_query'
      readonly maxDistance: number
      readonly headDim: number
    }
  | {
      readonly kind: 't5'
      readonly numHeads: number
      readonly numBuckets?: number
      readonly maxDistance?: number
      readonly bidirectional?: boolean
    }
  | { readonly kind: 'alibi'; readonly numHeads: number }

/** Sizes and randomness that some encodings need. */
export interface PositionContext {
  /** Columns of the token table. */
  readonly embeddingDim: number
  /** Learned tables are drawn from it, after the token table. */
  readonly generator: Generator
  /** @default 'avx2' */
  readonly family?: BitFamily
}

/** A position encoding, ready for use. */
export interface PositionEncoding {
  /** The table that the graph adds to the token embedding; undefined when nothing is added. */
  readonly positionTable: EmbeddingTable | undefined
  /** Tables that the graph does not use and a trainer needs. */
  readonly tensors: readonly TensorToWrite[]
  /** Their definition, as plain data to be saved beside them. */
  readonly definition: PositionDefinition
}

/** How a trainer uses the tables. */
export interface PositionDefinition {
  readonly config: PositionConfig
  /** Whether the embeddings hold the positions already. */
  readonly added: boolean
  /** Names and shapes of the tensors. */
  readonly tensors: Readonly<Record<string, readonly number[]>>
  /** i is the query's position, j the key's, p a position, d a column. */
  readonly formula: string
  readonly source: string
}

/**
 * Makes the tables of a position encoding and the text that defines it.
 *
 * @throws EmbeddingError `invalid-argument` for invalid sizes.
 */
export function createPositionEncoding(config: PositionConfig, context: PositionContext): PositionEncoding {
  const { embeddingDim, generator, family = 'avx2' } = context
  const draw = (numEmbeddings: number, columns: number) =>
    createEmbeddingTable({ numEmbeddings, embeddingDim: columns, generator, family })
  switch (config.kind) {
    case 'none':
      return encoding(config, undefined, [], 'no positions', '')
    case 'learned':
      return encoding(
        config,
        draw(config.contextLength, embeddingDim),
        [],
        'x[p] = token[id] + wpe.weight[p]; the table is learned',
        'Radford et al. 2019 (GPT-2)',
      )
    case 'sinusoidal':
      return encoding(
        config,
        sinusoidalTable({ ...config, embeddingDim }),
        [],
        'x[p] = token[id] + wpe.weight[p]; wpe[p][2i] = sin(p / base^(2i / dim)), wpe[p][2i + 1] = cos of the same; fixed',
        'Vaswani et al. 2017, section 3.5',
      )
    case 'rotary': {
      const { cos, sin } = rotaryTables(config)
      const shape = [config.contextLength, config.headDim / 2]
      return encoding(
        config,
        undefined,
        [tensor('rotary.cos', shape, cos), tensor('rotary.sin', shape, sin)],
        'queries and keys of each head: (a, b) -> (a cos - b sin, b cos + a sin) for the column pairs (d, d + headDim / 2), or (2d, 2d + 1) in interleaved models; cos and sin at [p][d]',
        'Su et al. 2021 (RoFormer)',
      )
    }
    case 'transformer-xl':
      return encoding(
        config,
        undefined,
        [
          tensor(
            'transformer_xl.r',
            [config.keyLength, embeddingDim],
            transformerXlEncodings({ ...config, embeddingDim }),
          ),
        ],
        'score = ((q + u) k^T + shift((q + v) (W r)^T)) / sqrt(headDim); row of r = keyLength - 1 - (i - j)',
        'Dai et al. 2019 (Transformer-XL)',
      )
    case 'shaw':
      return encoding(
        config,
        undefined,
        [fromTable('relative.distance', draw(shawRows(config.maxDistance), config.headDim))],
        'score += q[i] . distance[clip(j - i, -k, k) + k] with k = maxDistance; the table is learned',
        'Shaw et al. 2018',
      )
    case 'relative_key':
    case 'relative_key_query':
      return encoding(
        config,
        undefined,
        [fromTable('relative.distance', draw(bertRows(config.maxDistance), config.headDim))],
        `score += q[i] . distance[i - j + maxDistance - 1]${config.kind === 'relative_key' ? '' : ' + k[j] . the same row'}; the table is learned`,
        'Huang et al. 2020; BERT in Hugging Face transformers',
      )
    case 't5':
      return encoding(
        config,
        undefined,
        [fromTable('t5.relative_attention_bias', draw(config.numBuckets ?? 32, config.numHeads))],
        'score of head h += bias[bucket(j - i)][h], unscaled scores; the table is learned, bucket() as in T5',
        'Raffel et al. 2020 (T5)',
      )
    case 'alibi':
      return encoding(
        config,
        undefined,
        [tensor('alibi.slopes', [config.numHeads], alibiSlopes(config.numHeads))],
        'score of head h -= slopes[h] |i - j|; fixed',
        'Press et al. 2022 (ALiBi)',
      )
  }
}

function encoding(
  config: PositionConfig,
  positionTable: EmbeddingTable | undefined,
  tensors: readonly TensorToWrite[],
  formula: string,
  source: string,
): PositionEncoding {
  const shapes = Object.fromEntries(tensors.map(({ name, shape }) => [name, shape]))
  const definition = { config, added: positionTable !== undefined, tensors: shapes, formula, source }
  return { positionTable, tensors, definition }
}

function tensor(name: string, shape: readonly number[], data: Float32Array): TensorToWrite {
  return { name, dtype: 'F32', shape, data }
}

function fromTable(name: string, { numEmbeddings, embeddingDim, weight }: EmbeddingTable): TensorToWrite {
  return tensor(name, [numEmbeddings, embeddingDim], weight)
}
