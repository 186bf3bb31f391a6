import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { folderStorage, verifyDataset } from '../../src/index.ts'
import { snapshot } from './snapshot.ts'

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
