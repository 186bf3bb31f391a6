import { option, sentence } from '@sluice/errors'
import {
  documentIndexName,
  headerName,
  manifestName,
  planName,
  publishBytes,
  publishJson,
  readJson,
  tokensName,
  type DatasetStorage,
  type MadeListFile,
} from '@sluice/dataset'
import { RunError } from '../errors.ts'
import { describeDifference } from '../plan/plan-difference.ts'
import { planFileOf, type PlanFile, type PlannedRun } from '../plan/planned-run.ts'
import { prunedFiles, runNames, wholeTableFiles } from './names.ts'

/** The folder of a run: it is taken for a plan, and then either finished or abandoned. */
export class RunFolder {
  readonly storage: DatasetStorage
  /** Nothing of this run was there before. */
  readonly #fresh: boolean

  private constructor(storage: DatasetStorage, fresh: boolean) {
    this.storage = storage
    this.#fresh = fresh
  }

  /**
   * Takes a folder for a plan: an empty one, one that is not there yet, or the one an earlier attempt at the same plan
   * left. `plan.json` is the claim.
   *
   * @param lists files that the plan names
   * @throws RunError `already-exists` for a dataset or another plan, naming the difference; `not-empty` for other files
   */
  static async take(
    storage: DatasetStorage,
    { plan }: PlannedRun,
    lists: readonly MadeListFile[],
  ): Promise<RunFolder> {
    await refuseDataset(storage)
    const file = planFileOf(plan)
    const fresh = (await storage.stat(planName)) === undefined
    if (fresh) await refuseForeign(storage, Object.values(runNames))
    else {
      const difference = describeDifference((await readJson(storage, planName)) as PlanFile, file)
      if (difference !== undefined) {
        throw new RunError(
          'already-exists',
          `${storage.location} holds an unfinished run of another plan: ${difference}; finish that one, remove the folder, or choose another`,
        )
      }
    }
    // Whoever sees the plan finds what it names.
    for (const { name, bytes } of lists) await publishBytes(storage, name, bytes)
    await publishJson(storage, planName, file)
    return new RunFolder(storage, fresh)
  }

  /** A folder that another process took: it holds the plan. */
  static taken(storage: DatasetStorage): RunFolder {
    return new RunFolder(storage, false)
  }

  /**
   * Removes what a run no longer needs once its manifest is there. The tokens go last: while they are there, this was not
   * carried through.
   */
  async finish(): Promise<void> {
    const { storage } = this
    // What an attempt of an earlier version, killed while it wrote the tables, left beside them.
    for (const { name } of await storage.list(runNames.tables))
      if (name.endsWith('.tmp')) await storage.remove(`${runNames.tables}/${name}`)
    for (const { name } of await storage.leftovers()) await storage.remove(name)
    if ((await storage.stat(prunedFiles.tables)) !== undefined)
      for (const name of wholeTableFiles) await storage.remove(name)
    await removeFolders(storage, [runNames.spool, runNames.attempts, runNames.tokens])
  }

  /**
   * Finishes the clean-up of a run that was killed after its commit. Any other dataset is left alone: somebody may be
   * repairing it.
   */
  async removeLeftovers(): Promise<void> {
    const entries = await this.storage.list('')
    if (entries.some(({ name }) => name === `${runNames.tokens}/`)) await this.finish()
  }

  /** Undoes {@link take} and all that came after it, for a run whose input turned out to be unusable. */
  async abandon(): Promise<void> {
    if (this.#fresh) await this.discard()
  }

  /** Removes everything that a run makes, its dataset included. */
  async discard(): Promise<void> {
    const { storage } = this
    const files = [manifestName, headerName, planName, tokensName, ...Object.values(documentIndexName)]
    for (const name of files) await storage.remove(name)
    await removeFolders(storage, [...Object.values(runNames), ''])
  }
}

/** @throws RunError `not-empty` when the folder holds anything but these folders */
export async function refuseForeign(storage: DatasetStorage, own: readonly string[]): Promise<void> {
  const names = new Set(own.map((name) => `${name}/`))
  const foreign = (await storage.list('')).find(({ name }) => !names.has(name))
  if (foreign === undefined) return
  throw new RunError(
    'not-empty',
    sentence`${storage.location} is not empty (${foreign.name}); choose a new folder with ${option('out')}`,
  )
}

/**
 * Refuses a folder that holds a finished dataset, and removes what its run left there if it was killed after the commit.
 *
 * @throws RunError `already-exists`
 */
export async function refuseDataset(storage: DatasetStorage): Promise<void> {
  if ((await storage.stat(manifestName)) === undefined) return
  await RunFolder.taken(storage).removeLeftovers()
  throw new RunError(
    'already-exists',
    `${storage.location} already holds a dataset; choose another folder, or remove it first`,
  )
}

/** Removes copies of sources that were made before the folder was taken, and the folder if nothing else is in it. */
export async function abandonSpool(storage: DatasetStorage): Promise<void> {
  await removeFolders(storage, [runNames.spool, ''])
}

async function removeFolders(storage: DatasetStorage, names: readonly string[]): Promise<void> {
  for (const name of names) await storage.removeFolder(name)
}
