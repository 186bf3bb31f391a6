import * as z from 'zod'

/** A sha256 in lower-case hexadecimal. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)

/** A count or an offset: whole, not negative, exact as a JSON number. */
export const wholeNumber = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
