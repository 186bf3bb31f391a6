import { publishJson, type DatasetStorage } from '@sluice/dataset'
import { segmentKey, type RunSegment } from '../task/task.ts'
import { HashedObject } from './hashed-object.ts'
import { createTokenBuffer, TokenFileWriter } from './token-file.ts'
import { tokenFileName, tokenReceiptName, type TokenReceipt } from './token-receipt.ts'

/** Publishes the receipt of a segment that nobody could read: no ids, and the reason. */
export async function publishHole(
  storage: DatasetStorage,
  planId: string,
  segment: RunSegment,
  reason: string,
): Promise<void> {
  const { source } = segment
  const key = segmentKey(segment)
  const staged = new HashedObject(await storage.stage(`tokens.${source}.${key}`))
  try {
    const writer = new TokenFileWriter(staged, createTokenBuffer(4, new Uint16Array(0), 1), false)
    await writer.end()
    const sha256 = staged.sha256()
    const name = tokenFileName(source, key, sha256)
    const receipt: TokenReceipt = {
      version: 1,
      planId,
      source,
      segment: key,
      name,
      tokens: 0,
      documents: 0,
      continued: false,
      open: false,
      idByteLength: writer.idByteLength,
      byteLength: staged.byteLength,
      sha256,
      problems: {},
      hole: reason,
    }
    await staged.publish(name)
    await publishJson(storage, tokenReceiptName(source, key), receipt)
  } finally {
    await staged.discard()
  }
}
