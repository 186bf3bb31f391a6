import { cos, log1p, sin } from './portable-math.ts'
import type { Generator } from './generator.ts'

const twoPi = 2 * Math.PI

/**
 * One standard normal in double, as PyTorch draws it for tensors that are small or not contiguous
 * (`at::normal_distribution<double>`): two values from each pair of uniforms, the second kept in the generator.
 */
export function drawNormal(generator: Generator): number {
  const cached = generator.cachedNormal
  if (cached !== undefined) {
    generator.cachedNormal = undefined
    return cached
  }
  const u1 = generator.unit53()
  const u2 = generator.unit53()
  const radius = Math.sqrt(-2 * log1p(-u2))
  const theta = twoPi * u1
  generator.cachedNormal = radius * sin(theta)
  return radius * cos(theta)
}
