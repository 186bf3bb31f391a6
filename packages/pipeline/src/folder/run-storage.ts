import { folderStorage, type DatasetStorage } from '@sluice/dataset'

/** Opens the storage of a path that a user or a job names. */
export type OpenStorage = (path: string) => DatasetStorage

/** Opens the storage of a run's folder: the one place that decides what a path means. */
export const openRunStorage: OpenStorage = (path) => folderStorage(path)
