import { InvalidArgumentError } from 'commander'

/** An integer option as typed. Bounds are the configuration's to check, in one place. */
export function parseInteger(text: string): number {
  const value = Number(text)
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('Expected an integer.')
  }
  return value
}
