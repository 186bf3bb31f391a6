import type { ManifestPart } from '../part/receipt.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import type { ListIdentity, ListKind } from './list-kind.ts'
import { ListReader } from './list-reader.ts'
import { makeList, type MadeList } from './make-list.ts'

const partKind: ListKind<ManifestPart> = {
  name: 'parts',
  columns: [
    { name: 'first_window', field: 'firstWindow', type: 'whole' },
    { name: 'rows', field: 'rows', type: 'whole' },
    { name: 'tokens', field: 'tokens', type: 'whole' },
    { name: 'documents', field: 'documents', type: 'whole' },
    { name: 'byte_length', field: 'byteLength', type: 'whole' },
    { name: 'sha256', field: 'sha256', type: 'sha256' },
    { name: 'name', field: 'name', type: 'text' },
  ],
}

/** Makes the list of many parts. */
export function makePartList(parts: readonly ManifestPart[]): MadeList {
  return makeList(partKind, parts)
}

/** Reads all parts of a list: a reader finds any window by them. @throws as `ListReader` */
export async function readParts(
  storage: DatasetStorage,
  list: ListIdentity,
): Promise<readonly ManifestPart[]> {
  const parts: ManifestPart[] = []
  for await (const part of new ListReader(storage, partKind, list).all()) parts.push(part)
  return parts
}
