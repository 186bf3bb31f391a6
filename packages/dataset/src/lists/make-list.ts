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

/** Makes the files of a list. Pure: the same rows are the same files. */
export function makeList<Row extends object>(
  { name, columns }: ListKind<Row>,
  rows: readonly Row[],
): MadeList {
  const files: MadeListFile[] = []
  const identities: ListFile[] = []
  // The rows of a kind have the fields that its columns name.
  const listed = rows as unknown as readonly ListRow[]
  for (let first = 0; first < listed.length;) {
    const end = endOfFile(columns, listed, first)
    const bytes = encodeListFile(columns, listed.slice(first, end))
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    files.push({ name: listFileName(name, files.length, sha256), bytes })
    identities.push({ rows: end - first, byteLength: bytes.byteLength, sha256 })
    first = end
  }
  return { identity: { count: rows.length, files: identities }, files }
}

/** The first row that is not in the file that begins with row `first`. */
function endOfFile(columns: readonly ListColumn[], rows: readonly ListRow[], first: number): number {
  const texts = columns.filter(({ type }) => type === 'text')
  let textBytes = 0
  let end = first
  while (end < rows.length && end - first < mostListRows && textBytes < mostListTextBytes) {
    for (const { field } of texts) textBytes += Buffer.byteLength(String(rows[end]![field]))
    end++
  }
  return end
}
