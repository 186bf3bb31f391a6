import { folderStorage, type DatasetStorage } from '@sluice/dataset'

/** Opens the storage of a path that a user or a job names. */
export type OpenStorage = (path: string) => DatasetStorage

/**
 * Opens the storage of a run's folder: the one place that decides what a path means.
 *
 * @param within the trusted folder that the run's lies in, where somebody else named it. @default the path itself is trusted
 * @param hashBeside threads beside hash what is written, where processors are free. @default false
 */
export function openRunStorage(path: string, within?: string, hashBeside = false): DatasetStorage {
  return folderStorage(path, { ...(within !== undefined && { within }), hashBeside })
}
