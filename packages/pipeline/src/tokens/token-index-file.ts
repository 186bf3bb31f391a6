import { publishJson, readJson, sha256OfJson, type DatasetStorage } from '@sluice/dataset'
import * as z from 'zod'
import { RunError } from '../errors.ts'
import type { Plan } from '../plan/plan.ts'
import { indexTokens, type TokenIndex } from './token-stream.ts'
import { tokenReceiptSchema, type TokenReceipt } from './token-receipt.ts'

/**
 * Publishes the receipts of all segments in order, so that whoever makes a part needs one file to know where ids are.
 * The name carries the content: other segments make another file.
 */
export async function publishTokenIndex(
  storage: DatasetStorage,
  receipts: readonly TokenReceipt[],
): Promise<string> {
  const name = `tokens/index-${sha256OfJson(receipts).slice(0, 16)}.json`
  await publishJson(storage, name, receipts)
  return name
}

/** Reads what {@link publishTokenIndex} published. */
export async function readTokenIndex(
  storage: DatasetStorage,
  name: string,
  plan: Plan,
): Promise<TokenIndex<TokenReceipt>> {
  const parsed = z.array(tokenReceiptSchema).safeParse(await readJson(storage, name))
  if (!parsed.success)
    throw new RunError(
      'broken-state',
      `${name} in ${storage.location} is damaged; remove the folder tokens and run again`,
    )
  return indexTokens(parsed.data, plan.config.separator === 'between')
}
