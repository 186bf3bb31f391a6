import { DatasetError } from '../errors.ts'
import { headerName, receiptName } from '../layout/names.ts'
import { partReceiptSchema, type PartReceipt } from '../part/receipt.ts'
import { publishJson } from '../storage/publish-json.ts'
import { checkJson, readJson } from '../storage/read-json.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { buildManifest } from './build-manifest.ts'
import { publishManifest } from './manifest-file.ts'
import { manifestHeaderSchema } from './manifest-schema.ts'
import type { DatasetManifest, ManifestHeader } from './manifest.ts'

/**
 * The receipt of a part that is already complete, if it is: how a repeated task, or a resumed run, finds that there is
 * nothing left to do. The part's size is checked against the receipt; its hash is `verify`'s work.
 *
 * @throws DatasetError `conflict` when the receipt belongs to another plan.
 */
export async function findReceipt(
  storage: DatasetStorage,
  { index, planId }: { readonly index: number; readonly planId: string },
): Promise<PartReceipt | undefined> {
  const name = receiptName(index)
  if ((await storage.stat(name)) === undefined && !(await moveReceipt(storage, index))) return undefined
  return readReceipt(storage, name, planId)
}

/**
 * Reads the receipt of a name, if it and a part of its size are there.
 *
 * @throws DatasetError `conflict` when the receipt belongs to another plan.
 */
export async function readReceipt(
  storage: DatasetStorage,
  name: string,
  planId: string,
): Promise<PartReceipt | undefined> {
  if ((await storage.stat(name)) === undefined) return undefined
  const receipt = checkJson(partReceiptSchema, await readJson(storage, name), storage, name)
  if (receipt.planId !== planId) {
    throw new DatasetError(
      'conflict',
      `${name} in ${storage.location} belongs to plan ${receipt.planId}, expected ${planId}; use an empty folder`,
      { file: name },
    )
  }
  const stat = await storage.stat(receipt.name)
  return stat?.byteLength === receipt.byteLength ? receipt : undefined
}

/** Receipts that are read beside each other: most of the time is spent waiting for the storage. */
const atOnce = 16

/** The receipts of all parts in order, as {@link findReceipt} finds them. */
async function findReceipts(
  storage: DatasetStorage,
  { partCount, planId }: Pick<ManifestHeader, 'partCount' | 'planId'>,
): Promise<(PartReceipt | undefined)[]> {
  const found: (PartReceipt | undefined)[] = Array.from({ length: partCount })
  let next = 0
  const take = async (): Promise<void> => {
    while (next < partCount) {
      const index = next++
      found[index] = await findReceipt(storage, { index, planId })
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, partCount) }, take))
  return found
}

/**
 * Moves the receipt that an unfinished run of version 1 of the format left beside its part. Repeating it after a crash is
 * harmless.
 *
 * @returns whether there was one
 */
async function moveReceipt(storage: DatasetStorage, index: number): Promise<boolean> {
  const before = receiptName(index, 1)
  if ((await storage.stat(before)) === undefined) return false
  await publishJson(storage, receiptName(index), await readJson(storage, before))
  await storage.remove(before)
  return true
}

/**
 * Commits the dataset: checks that every part of the plan has its receipt and its bytes, then publishes
 * `header.json` and, last of all, `manifest.json`. Committing the same thing again is harmless.
 *
 * @throws DatasetError `incomplete` naming the missing parts; `conflict` when another manifest is there.
 */
export async function commitManifest(
  storage: DatasetStorage,
  header: ManifestHeader,
): Promise<DatasetManifest> {
  checkJson(manifestHeaderSchema, header, storage, headerName)
  const found = await findReceipts(storage, header)
  const missing = found.flatMap((receipt, index) => (receipt === undefined ? [index] : []))
  if (missing.length > 0) {
    const some = missing.slice(0, 10).join(', ')
    throw new DatasetError(
      'incomplete',
      `${missing.length} of ${header.partCount} parts are missing in ${storage.location} (${some}` +
        `${missing.length > 10 ? ', …' : ''}); run the plan again to make them`,
    )
  }
  const receipts = found.filter((receipt) => receipt !== undefined)
  const manifest = buildManifest(header, receipts)
  await publishJson(storage, headerName, header)
  await publishManifest(storage, manifest)
  return manifest
}
