import { readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  folderStorage,
  manifestName,
  planName,
  publishJson,
  readJson,
  type DatasetStorage,
} from '@sluice/dataset'
import { RunError } from '../errors.ts'
import { runNames } from './names.ts'
import { describeDifference } from '../plan/plan-difference.ts'
import type { Plan } from '../plan/plan.ts'

/** A folder that a run may write to. */
export interface RunFolder {
  readonly path: string
  readonly storage: DatasetStorage
  /** Nothing of this run was there before. */
  readonly fresh: boolean
}

/**
 * Takes a folder for a plan: an empty one, one that is not there yet, or the one an earlier attempt at the same plan
 * left. `plan.json` is the claim.
 *
 * @throws RunError `already-exists` for a dataset or another plan, naming the difference; `not-empty` for other files
 */
export async function takeFolder(path: string, plan: Plan): Promise<RunFolder> {
  const storage = folderStorage(path)
  await refuseDataset(storage, path)
  const present = await storage.list('')
  const fresh = !present.includes(planName)
  if (fresh) await refuseForeign(path, Object.values(runNames))
  else {
    const difference = describeDifference((await readJson(storage, planName)) as Plan, plan)
    if (difference !== undefined) {
      throw new RunError(
        'already-exists',
        `${path} holds an unfinished run of another plan: ${difference}; finish that one, remove the folder, or choose another`,
      )
    }
  }
  await publishJson(storage, planName, plan)
  return { path, storage, fresh }
}

/** @throws RunError `not-empty` when the folder holds anything but these folders */
export async function refuseForeign(path: string, own: readonly string[]): Promise<void> {
  const names = new Set(own.map((name) => `${name}/`))
  const foreign = (await folderStorage(path).list('')).find((name) => !names.has(name))
  if (foreign === undefined) return
  throw new RunError('not-empty', `${path} is not empty (${foreign}); choose a new folder with --out`)
}

/**
 * Refuses a folder that holds a finished dataset, and removes what its run left there if it was killed after the commit.
 *
 * @throws RunError `already-exists`
 */
export async function refuseDataset(storage: DatasetStorage, path: string): Promise<void> {
  if ((await storage.stat(manifestName)) === undefined) return
  await removeLeftovers({ path, storage, fresh: false })
  throw new RunError(
    'already-exists',
    `${path} already holds a dataset; choose another folder, or remove it first`,
  )
}

/**
 * Removes what a run needs no more once its manifest is there. The tokens go last: while they are there, this was not
 * carried through.
 */
export async function removeIntermediates({ path }: RunFolder): Promise<void> {
  // What an attempt that was killed left beside the tables.
  const tables = join(path, runNames.tables)
  for (const name of await readdir(tables).catch(() => []))
    if (name.endsWith('.tmp')) await rm(join(tables, name), { force: true })
  for (const name of [runNames.spool, runNames.attempts, runNames.tokens])
    await rm(join(path, name), { recursive: true, force: true, maxRetries: 3 })
}

/**
 * The same for a dataset whose run was killed between the commit and the end of that. Any other is left alone: somebody may be
 * repairing it.
 */
export async function removeLeftovers(folder: RunFolder): Promise<void> {
  if ((await folder.storage.list('')).includes(`${runNames.tokens}/`)) await removeIntermediates(folder)
}

/** Undoes {@link takeFolder} and all that came after it, for a run whose input turned out to be unusable. */
export async function abandonFolder({ path, fresh }: RunFolder): Promise<void> {
  if (!fresh) return
  for (const name of [planName, ...Object.values(runNames)]) {
    await rm(join(path, name), { recursive: true, force: true, maxRetries: 3 })
  }
  await rmdir(path).catch(() => {})
}

/** Removes copies of sources that were made before the folder was taken, and the folder if nothing else is in it. */
export async function abandonSpool(path: string): Promise<void> {
  await rm(join(path, runNames.spool), { recursive: true, force: true })
  await rmdir(path).catch(() => {})
}
