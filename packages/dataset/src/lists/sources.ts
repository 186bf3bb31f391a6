import type { SourceIdentity } from '../lists/source-identity.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import type { ListKind } from './list-kind.ts'
import { ListReader } from './list-reader.ts'
import type { SourceList } from './list-schema.ts'
import { makeList, type MadeListFile } from './make-list.ts'

/** A source of a plan as its list has it. */
export interface ListedSource extends SourceIdentity {
  readonly format: string
  readonly compression: string
}

const sourceKind: ListKind<ListedSource> = {
  name: 'sources',
  columns: [
    { name: 'byte_length', field: 'byteLength', type: 'whole' },
    { name: 'sha256', field: 'sha256', type: 'sha256' },
    { name: 'name', field: 'name', type: 'text' },
    { name: 'format', field: 'format', type: 'text' },
    { name: 'compression', field: 'compression', type: 'text' },
  ],
}

/** Makes the list of many sources: what a plan and a manifest name, and the files to publish. */
export function makeSourceList(sources: Iterable<ListedSource>): {
  readonly list: SourceList
  readonly files: readonly MadeListFile[]
} {
  const { identity, files } = makeList(sourceKind, sources)
  let byteLength = 0
  for (const source of sources) byteLength += source.byteLength
  return { list: { ...identity, byteLength }, files }
}

/** Whether sources are a list in files of its own. */
export function isSourceList(sources: readonly unknown[] | SourceList): sources is SourceList {
  return !Array.isArray(sources)
}

/** Bytes of all sources, as stored. */
export function sourceBytesOf(sources: readonly SourceIdentity[] | SourceList): number {
  return isSourceList(sources)
    ? sources.byteLength
    : sources.reduce((sum, { byteLength }) => sum + byteLength, 0)
}

/** How many sources there are. */
export function sourceCountOf(sources: readonly SourceIdentity[] | SourceList): number {
  return isSourceList(sources) ? sources.count : sources.length
}

/** Sources of a plan or a manifest by their number, wherever they are listed: memory does not grow with their number. */
export interface SourceReader<Source extends SourceIdentity = SourceIdentity> {
  readonly count: number
  /** Source `index`; undefined beyond the end. */
  at(index: number): Promise<Source | undefined>
  /** Sources `first` to `first + count`, fewer at the end. */
  range(first: number, count: number): Promise<readonly Source[]>
  /** Every source, in order. */
  all(): AsyncIterable<Source>
}

/** Opens the sources of a manifest. @throws as `ListReader` when they are read */
export function openSources(
  storage: DatasetStorage,
  sources: readonly SourceIdentity[] | SourceList,
): SourceReader {
  return isSourceList(sources)
    ? new ListReader<ListedSource>(storage, sourceKind, sources)
    : readerOf(sources)
}

/** Opens the sources of a plan, whose list has their formats too. */
export function openListedSources(storage: DatasetStorage, sources: SourceList): SourceReader<ListedSource> {
  return new ListReader<ListedSource>(storage, sourceKind, sources)
}

/** The same over sources that are held. */
export function readerOf<Source extends SourceIdentity>(sources: readonly Source[]): SourceReader<Source> {
  return {
    count: sources.length,
    at: async (index) => sources[index],
    range: async (first, count) => sources.slice(first, first + count),
    async *all() {
      yield* sources
    },
  }
}
