import { TokenizerError } from '../errors.ts'

/** The reference reads no deeper either. */
const deepest = 127

/**
 * Refuses JSON that is nested too deep: what reads it goes down with its values, and a hostile file would use the stack up.
 *
 * @throws TokenizerError `invalid-vocabulary`
 */
export function refuseDepth(value: unknown, name: string): void {
  let level: readonly object[] = isNested(value) ? [value] : []
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > deepest) {
      throw new TokenizerError(
        'invalid-vocabulary',
        `Expected ${name} to be nested at most ${deepest} deep, got more: take the file that was trained`,
      )
    }
    const below: object[] = []
    for (const each of level) for (const inner of Object.values(each)) if (isNested(inner)) below.push(inner)
    level = below
  }
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
