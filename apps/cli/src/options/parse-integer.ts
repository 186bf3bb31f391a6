import { CommandError } from '../errors.ts'

/**
 * Returns the reader of an integer option that belongs to a command alone.
 *
 * @param range - smallest and largest value that is accepted
 */
export function parseInteger(
  flag: string,
  [least, most]: readonly [number, number] = [0, Number.MAX_SAFE_INTEGER],
): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^[+-]?\d+$/.test(text) && value >= least && value <= most) return value
    const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    throw new CommandError(
      'invalid-option',
      `Expected \`${flag}\` to be an integer ${bounds}, got \`${text}\``,
    )
  }
}
