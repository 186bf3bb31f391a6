import { EmbeddingError } from '../errors.ts'
import type { FirstBlockSteps } from './first-block-steps.ts'
import type { LinearWeights } from './steps/linear.ts'

/**
 * Checks that each step takes vectors as wide as the one before makes them: a file may say anything of its tensors.
 *
 * @returns the width of the last step's vectors
 * @throws EmbeddingError `shape-mismatch`
 */
export function checkSteps(
  { projectIn, add, projectMid, norm, projectOut }: FirstBlockSteps,
  embeddingDim: number,
): number {
  let width = embeddingDim
  const expect = (what: string, got: number): void => {
    if (got === width) return
    throw new EmbeddingError(
      'shape-mismatch',
      `Expected ${what} to be as wide as the vectors that it is given (${width}), got ${got}; the tensors are of different models`,
    )
  }
  const project = (what: string, linear: LinearWeights | undefined): void => {
    if (linear === undefined) return
    expect(what, linear.inputs)
    width = linear.outputs
    if (linear.bias !== undefined) expect(`the bias of ${what}`, linear.bias.length)
  }
  project('the projection before the positions', projectIn)
  for (const { name, table } of add) expect(name, table.embeddingDim)
  project('the projection before the norm', projectMid)
  if (norm !== undefined) {
    expect('the weight of the norm', norm.weight.length)
    if (norm.bias !== undefined) expect('the bias of the norm', norm.bias.length)
  }
  project('the projection into the first block', projectOut)
  return width
}
