import { z } from 'zod'

/** Wording of the bounds of a seed: they are torch's. */
const error = 'an integer from -2^63 to 2^64 - 1 (in JSON, a string beyond 2^53)'

const digits = /^[+-]?\d{1,20}$/

/**
 * A seed as `torch.manual_seed` takes it. Plans are JSON, so one that a JSON number cannot hold exactly is kept as its
 * decimal digits.
 */
export const seedSchema = z
  .union([z.int({ error }), z.string().regex(digits, { error }), z.bigint()], { error })
  .refine((seed) => digits.test(String(seed)) && isInRange(BigInt(seed)), { error })
  .transform((seed): number | string => {
    const exact = BigInt(seed)
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : String(exact)
  })

function isInRange(seed: bigint): boolean {
  return seed >= -(2n ** 63n) && seed < 2n ** 64n
}
