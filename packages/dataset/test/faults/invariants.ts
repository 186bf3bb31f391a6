import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { folderStorage, verifyDataset } from '../../src/index.ts'

/** The files of a dataset and their hashes, without what attempts left in `_tmp`. */
export function snapshot(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('_tmp'))
    .map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    files.map((file) => [
      file.slice(folder.length + 1),
      createHash('sha256').update(readFileSync(file)).digest('hex'),
    ]),
  )
}

/**
 * What must hold after any fault: each visible file is whole (the same bytes as in the run without faults), and where
 * there is a manifest, the dataset is complete.
 */
export async function expectWhole(folder: string, reference: Record<string, string>): Promise<void> {
  if (!existsSync(folder)) return
  for (const [name, hash] of Object.entries(snapshot(folder))) expect(reference).toHaveProperty([name], hash)
  if (!existsSync(join(folder, 'manifest.json'))) return
  expect((await verifyDataset(folderStorage(folder))).problems).toEqual([])
}
