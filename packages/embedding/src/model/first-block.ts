import type { TableDtype } from '../dtype.ts'
import { EmbeddingError } from '../errors.ts'
import type { EmbeddingTable } from '../table.ts'
import type { FirstBlockSteps } from './first-block-steps.ts'
import { checkSteps } from './check-steps.ts'
import { layerNorm } from './steps/layer-norm.ts'
import { linear, type LinearWeights } from './steps/linear.ts'
import { longestWindow, positionRows, type IdWindows } from './steps/position-rows.ts'
import { roundStep } from './steps/round.ts'

/** Computes what a model's first block receives from its `inputs_embeds`. */
export class FirstBlock {
  readonly steps: FirstBlockSteps
  readonly #dtype: TableDtype
  readonly #padTokenId: number
  /** Numbers of a token's vector. */
  readonly width: number

  constructor({
    steps,
    dtype,
    padTokenId,
    embeddingDim,
  }: {
    readonly steps: FirstBlockSteps
    readonly dtype: TableDtype
    readonly padTokenId: number
    /** Width of `inputs_embeds`. */
    readonly embeddingDim: number
  }) {
    this.steps = steps
    this.width = checkSteps(steps, embeddingDim)
    this.#dtype = dtype
    this.#padTokenId = padTokenId
  }

  /** Every step is a lookup, a product or a sum, so the result is the model's bit for bit. Norms and projections are within a tolerance. */
  get isExact(): boolean {
    const { projectIn, projectMid, norm, projectOut } = this.steps
    return [projectIn, projectMid, norm, projectOut].every((step) => step === undefined)
  }

  /** The longest window that the model's position tables allow. */
  get maxLength(): number {
    return this.steps.add.reduce(
      (shortest, { rows, offset, table }) =>
        Math.min(
          shortest,
          longestWindow(rows, { offset, padTokenId: this.#padTokenId, tableRows: table.numEmbeddings }),
        ),
      Number.MAX_SAFE_INTEGER,
    )
  }

  /** Returns the rows of each added table that the tokens of windows are given, `[windows, length]` each. */
  rowsOf(windows: IdWindows): readonly Int32Array[] {
    return this.steps.add.map(({ name, rows, offset, table }) =>
      positionRows(rows, windows, {
        ...{ offset, padTokenId: this.#padTokenId },
        ...{ tableRows: table.numEmbeddings, table: name },
      }),
    )
  }

  /**
   * Computes the first block's input.
   *
   * @param embeds - `inputs_embeds`, `[windows · length, embeddingDim]`; not changed
   * @returns `[windows · length, width of the first block]`: values of the compute dtype
   * @throws EmbeddingError `id-out-of-range` for windows longer than {@link maxLength}, `overflow`
   */
  compute(embeds: Float32Array, windows: IdWindows): Float32Array {
    const { scale, projectIn, add, projectMid, norm, masked, projectOut } = this.steps
    const round = (values: Float32Array, step: string): void => roundStep(values, this.#dtype, step)
    const project = (
      values: Float32Array,
      weights: LinearWeights | undefined,
      step: string,
    ): Float32Array => {
      if (weights === undefined) return values
      const projected = linear(values, weights)
      round(projected, step)
      return projected
    }
    let x: Float32Array = embeds.slice()
    if (scale !== undefined) {
      for (let i = 0; i < x.length; i++) x[i] = x[i]! * scale
      round(x, 'the scaled embedding')
    }
    x = project(x, projectIn, 'the projection before the positions')
    const rows = this.rowsOf(windows)
    for (const [n, { name, table }] of add.entries()) {
      addRows(x, table, rows[n]!, name)
      round(x, name)
    }
    x = project(x, projectMid, 'the projection before the norm')
    if (norm !== undefined) {
      const dim = x.length / windows.ids.length
      layerNorm(x, dim, norm, norm.roundsSteps ? (row) => round(row, 'the norm') : undefined)
      if (!norm.roundsSteps) round(x, 'the norm')
    }
    if (masked) maskRows(x, windows)
    return project(x, projectOut, 'the projection into the first block')
  }
}

function addRows(
  x: Float32Array,
  { weight, embeddingDim }: EmbeddingTable,
  rows: Int32Array,
  name: string,
): void {
  if (x.length !== rows.length * embeddingDim) {
    throw new EmbeddingError(
      'shape-mismatch',
      `Expected ${name} to be as wide as the vectors it is added to (${x.length / rows.length}), got ${embeddingDim}`,
    )
  }
  for (let i = 0, at = 0; i < rows.length; i++) {
    const start = rows[i]! * embeddingDim
    for (let j = 0; j < embeddingDim; j++, at++) x[at] = x[at]! + weight[start + j]!
  }
}

function maskRows(x: Float32Array, { ids, attentionMask }: IdWindows): void {
  const dim = x.length / ids.length
  for (let i = 0; i < ids.length; i++) if (attentionMask?.[i] === 0) x.fill(0, i * dim, (i + 1) * dim)
}
