/** What a script for a batch engine is made from. */
export interface BatchRun {
  /** Folder of the dataset, as typed. */
  readonly out: string
  /** Folder in which `out` and the names of sources are meant. */
  readonly workingFolder: string
  /** The plan's sha256: it tells the jobs of one run from another's. */
  readonly planId: string
  /** Jobs of each stage. */
  readonly shards: Readonly<Record<'tokens' | 'parts', number>>
}
