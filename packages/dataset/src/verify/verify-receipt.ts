import { DatasetError } from '../errors.ts'
import { partReceiptSchema, type PartReceipt } from '../part/receipt.ts'
import { canonicalJson } from '../storage/publish-json.ts'
import { checkJson, jsonOf, readJsonBytes } from '../storage/read-json.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import type { Problem } from './problem.ts'

/** Checks that a file holds the receipt that the manifest says. */
export async function verifyReceipt(
  storage: DatasetStorage,
  file: string,
  receipt: PartReceipt,
): Promise<Problem | undefined> {
  try {
    if (await holds(storage, file, canonicalJson(receipt))) return undefined
  } catch (error) {
    const { code } = error instanceof DatasetError ? error : {}
    if (code === 'not-found') return { code: 'missing-file', file, message: `${file} is missing` }
    if (code !== 'corrupt' && code !== 'invalid-argument') throw error
  }
  return { code: 'wrong-receipt', file, message: `${file} is not the receipt of ${receipt.name}` }
}

/** Whether a file is a receipt with this canonical form. */
async function holds(storage: DatasetStorage, file: string, expected: string): Promise<boolean> {
  const bytes = await readJsonBytes(storage, file)
  // As it is published: parsing a hundred thousand of them to find that takes longer than reading them.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  if (text === `${expected}\n` || text === expected) return true
  return canonicalJson(checkJson(partReceiptSchema, jsonOf(bytes, storage, file), storage, file)) === expected
}
