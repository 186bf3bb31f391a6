import {
  documentsFolder,
  listFileName,
  listsFolder,
  partsFolder,
  receiptName,
  receiptsFolder,
  tablesFolder,
} from '../layout/names.ts'
import type { ListIdentity } from '../lists/list-kind.ts'
import { loneIdFiles } from '../lists/lone-ids.ts'
import { isSourceList } from '../lists/sources.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'
import type { Problem } from './problem.ts'

/** The folders with the files that the manifest lists. */
export const listedFolders = [
  partsFolder,
  receiptsFolder,
  tablesFolder,
  documentsFolder,
  listsFolder,
] as const

/** The folders that hold nothing else: readers take the parts' folder whole. */
const completeFolders: readonly string[] = [partsFolder, receiptsFolder, documentsFolder, listsFolder]

/** The files that the manifest lists, by name. */
export function expectedFiles({
  version,
  parts,
  identities,
  documentTable,
  ...lists
}: DatasetManifest): ReadonlySet<string> {
  const names = parts.flatMap((part, index) => [part.name, receiptName(index, version)])
  const documents = documentTable?.files.map(({ name }) => name) ?? []
  return new Set([...names, ...tableFilesOf(identities), ...documents, ...listNames(lists)])
}

/** The dataset's own files of tables, with the graph over them and the configuration of their model. */
export function tableFilesOf({
  tables,
  graph,
  model,
}: Pick<DatasetManifest['identities'], 'tables' | 'graph' | 'model'>): readonly string[] {
  const own = tables
    .filter(({ checkpoint }) => checkpoint === undefined)
    .flatMap(({ file, keptIds }) => [file, ...(keptIds ? [keptIds.file] : [])])
  return [...new Set([...own, ...[graph, model?.config].flatMap((named) => named?.file ?? [])])]
}

function listNames({
  sources,
  partList,
  loneIds,
}: Pick<DatasetManifest, 'sources' | 'partList' | 'loneIds'>): readonly string[] {
  const names = (list: string, { files }: ListIdentity): readonly string[] =>
    files.map(({ sha256 }, index) => listFileName(list, index, sha256))
  return [
    ...(isSourceList(sources) ? names('sources', sources) : []),
    ...(partList === undefined ? [] : names('parts', partList)),
    ...(loneIds === undefined ? [] : loneIdFiles(loneIds)),
  ]
}

/** What a listing has too much or too little. */
export function compareListing(expected: ReadonlySet<string>, found: ReadonlySet<string>): Problem[] {
  const missing = [...expected]
    .filter((file) => !found.has(file))
    .map((file): Problem => ({ code: 'missing-file', file, message: `${file} is missing` }))
  const extra = [...found]
    .filter((file) => !expected.has(file) && completeFolders.includes(file.split('/')[0]!))
    .map((file): Problem => ({ code: 'extra-file', file, message: `${file} does not belong to the dataset` }))
  return [...missing, ...extra]
}
