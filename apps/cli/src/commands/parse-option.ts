import { InvalidArgumentError } from 'commander'

/** An integer option as typed. Bounds are the configuration's to check, in one place. */
export function parseInteger(text: string): number {
  const value = Number(text)
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('Expected an integer.')
  }
  return value
}

/** A seed as typed, as the configuration holds it. */
export function parseSeed(text: string): { readonly seed: number } {
  return { seed: parseInteger(text) }
}

/** A share and perhaps a seed, as typed: `0.1` or `0.1,7`. */
export function parseSplit(text: string): { readonly validation: number; readonly seed?: number } {
  const [share = '', seed, ...rest] = text.split(',')
  const validation = Number(share)
  if (share.trim() === '' || Number.isNaN(validation) || rest.length > 0) {
    throw new InvalidArgumentError('Expected a share, as 0.1, and perhaps a seed: 0.1,7.')
  }
  return { validation, ...(seed !== undefined && { seed: parseInteger(seed) }) }
}
