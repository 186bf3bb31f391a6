import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  buildManifest,
  canonicalJson,
  createPartWriter,
  folderStorage,
  publishManifest,
  resolveLayout,
  type PartReceipt,
} from '../../src/index.ts'
import { header, planId } from '../header.ts'
import { makeRows } from '../rows.ts'

/** Writes a dataset of many parts of one row: all but the first are copies of it with other numbers, which no disk is waited for. */
export async function writeManyParts(folder: string, parts: number): Promise<readonly PartReceipt[]> {
  const storage = folderStorage(folder)
  const layout = resolveLayout({ maxLength: 4, vocabSize: 1000 })
  await using writer = createPartWriter({ storage, layout, planId, index: 0, firstWindow: 0 })
  // A number that is found again in the bytes.
  const marker = 0x0123_4567_89ab
  const { window: _, ...row } = makeRows(layout, 1)
  await writer.append({ ...row, window: BigInt64Array.of(BigInt(marker)) })
  const first = await writer.finish({ documents: 1 })
  const bytes = readFileSync(join(folder, first.name))
  const place = bytes.indexOf(new Uint8Array(BigInt64Array.of(BigInt(marker)).buffer))
  const receipts = Array.from({ length: parts }, (_part, index): PartReceipt => {
    bytes.writeBigInt64LE(BigInt(index), place)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const stem = String(index).padStart(5, '0')
    const name = `parts/${stem}-${sha256.slice(0, 16)}.arrow`
    const receipt = { ...first, index, name, sha256, firstWindow: index }
    writeFileSync(join(folder, name), bytes)
    writeFileSync(join(folder, `receipts/${stem}.json`), `${canonicalJson(receipt)}\n`)
    return receipt
  })
  await storage.remove(first.name)
  await publishManifest(storage, buildManifest(header(layout, parts), receipts))
  return receipts
}
