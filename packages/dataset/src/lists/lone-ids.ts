import { createHash } from 'node:crypto'
import { DatasetError } from '../errors.ts'
import { listFileName } from '../layout/names.ts'
import { publishBytes } from '../storage/publish-bytes.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { encodeListFile } from './list-file.ts'
import { mostListRows, type ListFile, type ListIdentity, type ListKind } from './list-kind.ts'
import { ListReader } from './list-reader.ts'

/**
 * A document of one id. Nothing follows the id that could be its target, so that no row holds it, while rows that are filled up
 * hold all of every other document.
 */
export interface LoneId {
  /** The corpus' number of the document. */
  readonly document: number
  readonly id: number
}

const loneIdKind: ListKind<LoneId> = {
  name: 'lone-ids',
  columns: [
    { name: 'document', field: 'document', type: 'whole' },
    { name: 'id', field: 'id', type: 'whole' },
  ],
}

/** Names of the files of such a list. */
export function loneIdFiles({ files }: ListIdentity): readonly string[] {
  return files.map(({ sha256 }, index) => listFileName(loneIdKind.name, index, sha256))
}

/** Publishes the lone ids of a dataset, a file at a time, in the order of their documents. */
export class LoneIdWriter {
  readonly #storage: DatasetStorage
  readonly #files: ListFile[] = []
  #count = 0
  #rows: LoneId[] = []

  constructor(storage: DatasetStorage) {
    this.#storage = storage
  }

  /** Takes the next one; a file that is full is published. */
  async add(loneId: LoneId): Promise<void> {
    this.#rows.push(loneId)
    if (this.#rows.length === mostListRows) await this.#publish()
  }

  /** @returns undefined where there are none */
  async end(): Promise<ListIdentity | undefined> {
    if (this.#rows.length > 0) await this.#publish()
    return this.#count === 0 ? undefined : { count: this.#count, files: this.#files }
  }

  async #publish(): Promise<void> {
    const rows = this.#rows.map((row) => ({ ...row }))
    const bytes = encodeListFile(loneIdKind.columns, rows)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    await publishBytes(this.#storage, listFileName(loneIdKind.name, this.#files.length, sha256), bytes)
    this.#files.push({ rows: rows.length, byteLength: bytes.byteLength, sha256 })
    this.#count += rows.length
    this.#rows = []
  }
}

/**
 * Reads lone ids in the order of their documents.
 *
 * @throws DatasetError `incomplete` where a file is missing, `corrupt` where it is not the one that the list names, or holds none
 */
export async function* readLoneIds(
  storage: DatasetStorage,
  list: ListIdentity,
  vocabSize: number,
): AsyncGenerator<LoneId, void> {
  let before = -1
  let row = 0
  for await (const loneId of new ListReader(storage, loneIdKind, list).all()) {
    if (loneId.document <= before || loneId.id >= vocabSize) {
      // Every file but the last is full.
      const name = loneIdFiles(list)[Math.floor(row / mostListRows)]!
      const message = `${name} in ${storage.location} is damaged: row ${row} is id ${loneId.id} of document ${loneId.document}, expected an id below ${vocabSize} of a document after ${before}`
      throw new DatasetError('corrupt', message, { file: name })
    }
    before = loneId.document
    row++
    yield loneId
  }
}
