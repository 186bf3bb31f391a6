import { folderStorage, manifestName, planName, type DatasetStorage } from '@sluice/dataset'
import { confineToRoot, readPlan, type Plan } from '@sluice/pipeline'

/** A run as a worker finds it: the folder, inside the worker's root, and the plan in it. */
export interface RunPlace {
  readonly path: string
  readonly storage: DatasetStorage
  readonly plan: Plan
  readonly planId: string
}

const keptPlaces = 32

/** Finds runs by what a job says, and keeps the last few plans: they never change. */
export class RunPlaces {
  readonly #root: string
  readonly #places = new Map<string, RunPlace>()

  /** @param root - the data root: jobs name folders below it */
  constructor(root: string) {
    this.#root = root
  }

  /** @throws RunError `forbidden-path`, `broken-state`; DatasetError when the folder or its plan is not there */
  async find({ out, planId }: { readonly out: string; readonly planId: string }): Promise<RunPlace> {
    // Looked at every time: a link may have been put there since.
    const path = await confineToRoot(out, this.#root)
    const key = `${planId} ${path}`
    const known = this.#places.get(key)
    // A folder that was removed must not be made again by a job that comes late.
    if (known !== undefined && (await known.storage.stat(planName)) !== undefined) return known
    const storage = folderStorage(path)
    const place: RunPlace = { path, storage, planId, plan: await readPlan(storage, planId) }
    this.#places.set(key, place)
    const [oldest] = this.#places.keys()
    if (this.#places.size > keptPlaces && oldest !== undefined) this.#places.delete(oldest)
    return place
  }
}

/** Whether the run is over. A folder with this plan can hold the manifest of no other. */
export async function isCommitted({ storage }: Pick<RunPlace, 'storage'>): Promise<boolean> {
  return (await storage.stat(manifestName)) !== undefined
}
