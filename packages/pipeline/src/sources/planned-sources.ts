import { compressions, formats } from '@sluice/corpus'
import {
  DatasetError,
  isSourceList,
  listsFolder,
  openListedSources,
  readerOf,
  type DatasetStorage,
  type ListedSource,
} from '@sluice/dataset'
import type { PlannedSource, PlannedSourceReader, PlannedSources } from '../plan/plan.ts'

/** Opens the sources of a plan, wherever they are listed. @throws DatasetError `incomplete`, `corrupt` when they are read */
export function openPlannedSources(storage: DatasetStorage, sources: PlannedSources): PlannedSourceReader {
  if (!isSourceList(sources)) return readerOf(sources)
  const listed = openListedSources(storage, sources)
  const check = (source: ListedSource): PlannedSource => checkSource(source, storage)
  return {
    count: listed.count,
    async at(index) {
      const source = await listed.at(index)
      return source && check(source)
    },
    range: async (first, count) => (await listed.range(first, count)).map(check),
    async *all() {
      for await (const source of listed.all()) yield check(source)
    },
  }
}

function checkSource(source: ListedSource, { location }: DatasetStorage): PlannedSource {
  const { name, format, compression } = source
  const isKnown = (known: readonly string[], value: string): boolean => known.includes(value)
  if (name !== '' && isKnown(formats, format) && isKnown(compressions, compression))
    return source as PlannedSource
  const message = `${listsFolder} in ${location} has a source ${JSON.stringify(name)} of format ${format} and compression ${compression}, which this version does not know`
  throw new DatasetError('corrupt', message)
}
