import { createHash } from 'node:crypto'
import { DatasetError } from '../errors.ts'
import { listFileName } from '../layout/names.ts'
import { readAll } from '../storage/read-all.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { decodeListFile, type ListRows } from './list-file.ts'
import type { ListIdentity, ListKind } from './list-kind.ts'

/** Files of a list that are kept decoded: neighbours are asked for together. */
const keptFiles = 2

/** Reads rows of a list, one file of it at a time, whose hash is compared first. */
export class ListReader<Row extends object> {
  readonly count: number
  readonly #storage: DatasetStorage
  readonly #kind: ListKind<Row>
  readonly #files: ListIdentity['files']
  /** Of each file its first row. */
  readonly #starts: readonly number[]
  readonly #kept = new Map<number, Promise<ListRows>>()

  constructor(storage: DatasetStorage, kind: ListKind<Row>, { count, files }: ListIdentity) {
    this.#storage = storage
    this.#kind = kind
    this.count = count
    this.#files = files
    let start = 0
    this.#starts = files.map(({ rows }) => {
      start += rows
      return start - rows
    })
  }

  /** Row `index`; undefined beyond the end. */
  async at(index: number): Promise<Row | undefined> {
    const [row] = await this.range(index, 1)
    return row
  }

  /**
   * Rows `first` to `first + count`, fewer at the end.
   *
   * @throws DatasetError `incomplete` where a file is missing, `corrupt` where it is not the one that the list names
   */
  async range(first: number, count: number): Promise<readonly Row[]> {
    const found: Row[] = []
    const end = Math.min(first + count, this.count)
    for (let file = this.#fileOf(first); found.length < end - first; file++) {
      const start = this.#starts[file]!
      const rows = await this.#open(file)
      const last = Math.min(end - start, rows.length)
      for (let row = first + found.length - start; row < last; row++) found.push(this.#row(file, rows, row))
    }
    return found
  }

  /** All rows, file by file. */
  async *all(): AsyncGenerator<Row, void> {
    for (let file = 0; file < this.#files.length; file++) {
      const rows = await this.#load(file)
      for (let row = 0; row < rows.length; row++) yield this.#row(file, rows, row)
    }
  }

  #fileOf(row: number): number {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#starts[middle]! <= row) low = middle
      else high = middle - 1
    }
    return low
  }

  #row(file: number, rows: ListRows, row: number): Row {
    try {
      return rows.at(row) as Row
    } catch (error) {
      throw this.#damaged(file, error)
    }
  }

  #open(file: number): Promise<ListRows> {
    const known = this.#kept.get(file)
    if (known !== undefined) return known
    const loading = this.#load(file)
    this.#kept.set(file, loading)
    // The next attempt reads it again.
    loading.catch(() => this.#kept.delete(file))
    for (const oldest of this.#kept.keys()) if (this.#kept.size > keptFiles) this.#kept.delete(oldest)
    return loading
  }

  async #load(file: number): Promise<ListRows> {
    const { rows, byteLength, sha256 } = this.#files[file]!
    const name = this.#nameOf(file)
    const bytes = await readAll(this.#storage, name, byteLength + 1).catch((error: unknown) => {
      if (!(error instanceof DatasetError) || error.code !== 'not-found') throw error
      const message = `${name} is missing in ${this.#storage.location}`
      throw new DatasetError('incomplete', message, { file: name, cause: error })
    })
    const found = createHash('sha256').update(bytes).digest('hex')
    if (found !== sha256) {
      const message = `${name} in ${this.#storage.location} has sha256 ${found}, expected ${sha256}: its bytes were changed`
      throw new DatasetError('corrupt', message, { file: name })
    }
    try {
      return decodeListFile(bytes, this.#kind.columns, rows)
    } catch (error) {
      throw this.#damaged(file, error)
    }
  }

  #nameOf(file: number): string {
    return listFileName(this.#kind.name, file, this.#files[file]!.sha256)
  }

  #damaged(file: number, error: unknown): unknown {
    if (!(error instanceof RangeError)) return error
    const name = this.#nameOf(file)
    const message = `${name} in ${this.#storage.location} is damaged: ${error.message}`
    return new DatasetError('corrupt', message, { file: name, cause: error })
  }
}
