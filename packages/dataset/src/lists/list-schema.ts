import * as z from 'zod'
import { sha256Hex, wholeNumber } from '../part/fields.ts'
import { mostListFileBytes, mostListRows, type ListIdentity } from './list-kind.ts'

/** A list of a million files has 16 billion rows. */
const mostListFiles = 1_000_000

const files = z
  .array(
    z.strictObject({
      rows: z.number().int().min(1).max(mostListRows),
      byteLength: z.number().int().min(1).max(mostListFileBytes),
      sha256: sha256Hex,
    }),
  )
  .min(1)
  .max(mostListFiles)

/** What {@link ListIdentity} must look like. */
export const listIdentitySchema: z.ZodType<ListIdentity> = z
  .strictObject({ count: wholeNumber, files })
  .refine(addsUp, {
    message: 'Expected `count` to be the rows of all files',
  })

/** A list of sources, with the bytes of all of them. */
export interface SourceList extends ListIdentity {
  /** Bytes of all sources together. */
  readonly byteLength: number
}

/** What {@link SourceList} must look like. */
export const sourceListSchema: z.ZodType<SourceList> = z
  .strictObject({ count: wholeNumber, byteLength: wholeNumber, files })
  .refine(addsUp, { message: 'Expected `count` to be the rows of all files' })

function addsUp({ count, files: listed }: ListIdentity): boolean {
  return listed.reduce((sum, { rows }) => sum + rows, 0) === count
}
