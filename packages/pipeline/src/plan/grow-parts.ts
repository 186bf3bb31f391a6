import type { Plan, PlannedSource } from './plan.ts'

/** Parts that a run has at most, about: of a larger corpus each part is larger. */
const mostParts = 16_384

/** Bytes of text for an id, about, and how many of them a byte of a compressed source stands for. */
const bytesPerId = 4
const compressionRatio = 4

/**
 * Makes the parts of a plan larger where there would be too many of them. The size of parts is in the plan, so it is decided once,
 * from the sizes of the sources; a corpus of less than about 10^11 ids has the parts that it always had.
 */
export function growParts(plan: Plan, sources: Iterable<PlannedSource>): Plan {
  let text = 0
  for (const { byteLength, compression } of sources)
    text += byteLength * (compression === 'none' ? 1 : compressionRatio)
  const ids = text / bytesPerId
  const { windowsPerPart, tokensPerPart } = plan
  const parts = tokensPerPart === undefined ? ids / plan.config.stride / windowsPerPart : ids / tokensPerPart
  const growth = Math.ceil(parts / mostParts)
  if (growth <= 1) return plan
  return {
    ...plan,
    windowsPerPart: windowsPerPart * growth,
    ...(tokensPerPart !== undefined && { tokensPerPart: tokensPerPart * growth }),
  }
}
