import { fillNormal, fillNormalForHalf, type BitFamily, type Generator } from '@sluice/torch-random'
import { roundValues, type TableDtype } from './dtype.ts'
import { EmbeddingError } from './errors.ts'
import { checkCount, resolvePaddingIdx, type EmbeddingTable } from './table.ts'

/** How to start a table. */
export interface CreateTableOptions {
  /** Rows; 0 is allowed. */
  readonly numEmbeddings: number
  /** Columns. */
  readonly embeddingDim: number
  /** Where the randomness comes from; it advances, so the order in which tables are made matters. */
  readonly generator: Generator
  /** A row to set to zero after it was drawn; negative counts from the end. */
  readonly paddingIdx?: number
  /** Which build of PyTorch the bits follow. @default 'avx2' */
  readonly family?: BitFamily
  /** The module's number format (`dtype=` in PyTorch); the halves follow PyTorch 2.13. @default 'f32' */
  readonly dtype?: TableDtype
}

/**
 * A table as `torch.nn.Embedding(numEmbeddings, embeddingDim)` starts it: standard normal, bit for bit.
 *
 * @throws EmbeddingError `invalid-argument` for invalid sizes, a padding row outside the table, or no generator.
 */
export function createEmbeddingTable(options: CreateTableOptions): EmbeddingTable {
  const { numEmbeddings, embeddingDim, generator, family = 'avx2', dtype = 'f32' } = options
  checkCount('numEmbeddings', numEmbeddings, 0)
  checkCount('embeddingDim', embeddingDim, 1)
  checkGenerator(generator)
  const paddingIdx = resolvePaddingIdx(options.paddingIdx, numEmbeddings)
  const weight = new Float32Array(numEmbeddings * embeddingDim)
  const fill = dtype === 'f32' ? fillNormal : fillNormalForHalf
  fill(weight, { generator, family })
  roundValues(weight, dtype)
  // The padding row takes its draws like any other, so that the rows after it do not depend on it.
  if (paddingIdx !== undefined) weight.fill(0, paddingIdx * embeddingDim, (paddingIdx + 1) * embeddingDim)
  return { numEmbeddings, embeddingDim, weight, paddingIdx, dtype }
}

/** Callers without types leave it out, and would be told of a property of undefined. */
function checkGenerator(generator: unknown): void {
  if (typeof generator === 'object' && generator !== null) return
  throw new EmbeddingError(
    'invalid-argument',
    `Expected \`generator\` to be a Generator of @sluice/torch-random, such as \`new Generator(123)\`, got ${String(generator)}`,
  )
}
