import { manifestName, planName, type DatasetStorage } from '@sluice/dataset'
import { confineToRoot, openRunStorage, readPlan, type PlannedRun } from '@sluice/pipeline'

/** A run as a worker finds it: the folder, inside the worker's root, and the plan in it. */
export interface RunPlace {
  readonly path: string
  /** The worker's root, in which the folder lies. */
  readonly dataRoot: string
  readonly storage: DatasetStorage
  readonly run: PlannedRun
}

const keptPlaces = 32

/** Milliseconds for which a look at the folder is trusted: hundreds of tasks may begin within a second. */
const freshMs = 500

interface KnownPlace {
  readonly place: RunPlace
  lookedAt: number
}

/** Finds runs by what a job says, and keeps the last few plans: they never change. */
export class RunPlaces {
  readonly #root: string
  readonly #known = new Map<string, KnownPlace>()

  /** @param root - the data root: jobs name folders below it */
  constructor(root: string) {
    this.#root = root
  }

  /** @throws RunError `forbidden-path`, `broken-state`; DatasetError when the folder or its plan is not there */
  async find({ out, planId }: { readonly out: string; readonly planId: string }): Promise<RunPlace> {
    const key = `${planId} ${out}`
    const known = this.#known.get(key)
    const now = performance.now()
    if (known !== undefined && now - known.lookedAt < freshMs) return known.place
    // A link may have been put there since, and a folder that was removed must not be made again by a late job.
    const path = await confineToRoot(out, this.#root)
    if (known?.place.path === path && (await known.place.storage.stat(planName)) !== undefined) {
      known.lookedAt = now
      return known.place
    }
    const storage = openRunStorage(path, this.#root)
    const run = await readPlan(storage, planId)
    const place: RunPlace = { path, dataRoot: this.#root, storage, run }
    this.#known.set(key, { place, lookedAt: now })
    const [oldest] = this.#known.entries()
    if (this.#known.size > keptPlaces && oldest !== undefined) this.#known.delete(oldest[0])
    return place
  }
}

/** Whether the run is over. A folder with this plan can hold the manifest of no other. */
export async function isCommitted({ storage }: Pick<RunPlace, 'storage'>): Promise<boolean> {
  return (await storage.stat(manifestName)) !== undefined
}
