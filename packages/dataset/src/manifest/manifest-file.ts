import type { ListIdentity } from '../lists/list-kind.ts'
import type { MadeListFile } from '../lists/make-list.ts'
import { makePartList } from '../lists/parts.ts'
import { publishBytes } from '../storage/publish-bytes.ts'
import { publishJson } from '../storage/publish-json.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { manifestName } from '../layout/names.ts'
import type { DatasetManifest } from './manifest.ts'
import type { ManifestPart } from '../part/receipt.ts'

/** A manifest as it lies in `manifest.json`: many parts are named as a list. */
export type ManifestFile = Omit<DatasetManifest, 'parts' | 'partList'> & {
  readonly parts: readonly ManifestPart[] | ListIdentity
}

/** Returns what is written of a manifest. */
export function manifestFileOf({ partList, parts, ...manifest }: DatasetManifest): ManifestFile {
  return { ...manifest, parts: partList ?? parts }
}

/** The files of the lists that a manifest names, but for its sources: these were published with the plan. */
export function listFilesOf({ partList, parts }: DatasetManifest): readonly MadeListFile[] {
  return partList === undefined ? [] : makePartList(parts).files
}

/** Publishes a manifest, after the lists that it names. */
export async function publishManifest(storage: DatasetStorage, manifest: DatasetManifest): Promise<void> {
  for (const { name, bytes } of listFilesOf(manifest)) await publishBytes(storage, name, bytes)
  await publishJson(storage, manifestName, manifestFileOf(manifest))
}
