import { createHash } from 'node:crypto'
import { listFileName } from '../layout/names.ts'
import { encodeListFile } from './list-file.ts'
import {
  mostListRows,
  mostListTextBytes,
  type ListColumn,
  type ListFile,
  type ListIdentity,
  type ListKind,
  type ListRow,
} from './list-kind.ts'

/** A file of a list that is to be published. */
export interface MadeListFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** A list with its files. */
export interface MadeList {
  readonly identity: ListIdentity
  readonly files: readonly MadeListFile[]
}

/** Makes the files of a list. Pure: the same rows are the same files. It holds the rows of one file at a time. */
export function makeList<Row extends object>(
  { name, columns }: ListKind<Row>,
  rows: Iterable<Row>,
): MadeList {
  const files: MadeListFile[] = []
  const identities: ListFile[] = []
  let count = 0
  for (const group of rowsOfFiles(columns, rows)) {
    const bytes = encodeListFile(columns, group)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    files.push({ name: listFileName(name, files.length, sha256), bytes })
    identities.push({ rows: group.length, byteLength: bytes.byteLength, sha256 })
    count += group.length
  }
  return { identity: { count, files: identities }, files }
}

/** The rows of each file: as many as it may have, and texts up to the row that makes them too long. */
function* rowsOfFiles<Row extends object>(
  columns: readonly ListColumn[],
  rows: Iterable<Row>,
): Generator<readonly ListRow[], void> {
  const texts = columns.filter(({ type }) => type === 'text')
  let group: ListRow[] = []
  let textBytes = 0
  for (const row of rows) {
    // The rows of a kind have the fields that its columns name; a row may compute them.
    const listed = Object.fromEntries(columns.map(({ field }) => [field, (row as ListRow)[field]!]))
    group.push(listed)
    for (const { field } of texts) textBytes += Buffer.byteLength(String(listed[field]))
    if (group.length < mostListRows && textBytes < mostListTextBytes) continue
    yield group
    group = []
    textBytes = 0
  }
  if (group.length > 0) yield group
}
