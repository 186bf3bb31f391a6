import * as z from 'zod'
import { partName } from '../layout/names.ts'
import { sha256Hex, wholeNumber } from './fields.ts'

/** The proof that one part is complete: published after the part itself, under `receipts/<index>.json`. */
export interface PartReceipt {
  readonly version: 1
  /** sha256 of the canonical plan this part belongs to. */
  readonly planId: string
  /** Position in the dataset, from 0. */
  readonly index: number
  /** Name of the part inside the dataset: `parts/<index>-<first 16 digits of sha256>.arrow`. */
  readonly name: string
  /** Place of the first row in the dataset; unless rows are shuffled, row r is window `firstWindow + r`. */
  readonly firstWindow: number
  readonly rows: number
  /** Ids in `input_ids`: rows · maxLength. */
  readonly tokens: number
  /** Documents that begin in this part, as the writer's caller counted them. */
  readonly documents: number
  readonly byteLength: number
  readonly sha256: string
}

/** A part as the manifest lists it: its receipt without what all parts share. */
export type ManifestPart = Omit<PartReceipt, 'version' | 'planId' | 'index'>

/** What a receipt must look like when it is read back. */
export const partReceiptSchema: z.ZodType<PartReceipt> = z
  .strictObject({
    version: z.literal(1),
    planId: sha256Hex,
    index: wholeNumber,
    name: z.string(),
    firstWindow: wholeNumber,
    rows: wholeNumber,
    tokens: wholeNumber,
    documents: wholeNumber,
    byteLength: wholeNumber,
    sha256: sha256Hex,
  })
  .refine((receipt) => receipt.name === partName(receipt.index, receipt.sha256), {
    path: ['name'],
    message: 'Expected the name to be made of `index` and `sha256`',
  })
