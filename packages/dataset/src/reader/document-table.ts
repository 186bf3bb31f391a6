import { documentShapeOf } from '../arrow/ipc-shape.ts'
import { DatasetError } from '../errors.ts'
import { elementByteLength, isTextColumn, type FileColumn } from '../layout/columns.ts'
import { documentNumbers, documentRows } from '../layout/document-table.ts'
import type { KeptLayout } from '../layout/layout.ts'
import { bytesOf, viewElements } from '../layout/typed-array.ts'
import type { DocumentTableIdentity } from '../manifest/manifest.ts'
import type { DocumentFile } from '../part/document-file.ts'
import { TextBuilder, textAt } from '../part/text-values.ts'
import { PartReader, type BatchBody, type ExpectedFile } from './part-reader.ts'
import { readTexts } from './read-rows.ts'
import { runReading, type Reading } from './reading.ts'
import type { DatasetStorage } from '../storage/storage.ts'

/** One document of the corpus, and where it is. */
export interface DocumentRecord {
  /** The corpus' number of the document. */
  readonly document: number
  /** Index into the manifest's sources. */
  readonly source: number
  /** Where in the source it is: bytes of the (decompressed) text, or row numbers of a table. */
  readonly byteStart: number
  readonly byteEnd: number
  /** Position in the token stream of its first id. */
  readonly firstToken: number
  readonly tokens: number
  /** The values that it carries along, in the order of `layout.kept.names`. */
  readonly kept: readonly (string | null)[]
}

/** The Arrow file that a file of the table is. */
export function expectedDocuments(
  { byteLength, documents }: DocumentFile,
  kept: KeptLayout,
): ExpectedFile<FileColumn> {
  return {
    shape: documentShapeOf(kept),
    byteLength,
    rows: documents,
    rowsPerBatch: documentRows(kept).perBatch,
  }
}

/** The documents of a dataset that carry values along: random access by number, and by place in the token stream. */
export class DocumentTable implements AsyncDisposable {
  /** Number of documents. */
  readonly length: number
  readonly #storage: DatasetStorage
  readonly #kept: KeptLayout
  readonly #files: readonly DocumentFile[]
  readonly #open = new Map<number, PartReader<FileColumn>>()

  /** @internal Use `Dataset.documents`. */
  constructor(storage: DatasetStorage, kept: KeptLayout, { files }: DocumentTableIdentity) {
    this.#storage = storage
    this.#kept = kept
    this.#files = files
    const last = files.at(-1)
    this.length = last === undefined ? 0 : last.firstDocument + last.documents
  }

  /**
   * Reads documents `first` to `first + count`.
   *
   * @throws DatasetError `out-of-range`; `incomplete` where a file is missing; `corrupt` naming file and position.
   */
  async read(first: number, count = 1): Promise<readonly DocumentRecord[]> {
    const isRange = Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 0
    if (!isRange || first + count > this.length) {
      const message = `Expected documents in [0, ${this.length}), got ${first} to ${first + count}`
      throw new DatasetError('out-of-range', message)
    }
    const records: DocumentRecord[] = []
    while (records.length < count) {
      const document = first + records.length
      const { reader, inFile } = await this.#reach(document)
      const { perBatch } = documentRows(this.#kept)
      const body = reader.body(Math.floor(inFile / perBatch))
      const row = inFile % perBatch
      const rows = Math.min(body.plan.rows - row, count - records.length)
      const found = await runReading(readRecords(body, row, rows))
      const wrong = found.findIndex((record, at) => record.document !== document + at)
      if (wrong !== -1) {
        const { name: file } = reader.handle
        const message = `${file} is damaged: it has document ${found[wrong]!.document} in the place of document ${document + wrong}`
        throw new DatasetError('corrupt', message, { file })
      }
      records.push(...found)
    }
    return records
  }

  /**
   * The document that an id of the token stream is of: window w has the ids from `w * stride` on where windows cross documents. A
   * separator is of the document before it.
   *
   * @returns undefined for a position before the first document or after the last id
   */
  async findToken(position: number): Promise<DocumentRecord | undefined> {
    let low = 0
    let high = this.length - 1
    let found: DocumentRecord | undefined
    while (low <= high) {
      const middle = (low + high) >>> 1
      const [record] = await this.read(middle)
      if (record!.firstToken <= position) {
        found = record
        low = middle + 1
      } else high = middle - 1
    }
    return found
  }

  /** Closes the files that are open. */
  async close(): Promise<void> {
    for (const reader of this.#open.values()) await reader.close()
    this.#open.clear()
  }

  /** {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #reach(
    document: number,
  ): Promise<{ readonly reader: PartReader<FileColumn>; readonly inFile: number }> {
    const { perFile } = documentRows(this.#kept)
    const index = Math.floor(document / perFile)
    const inFile = document - index * perFile
    const known = this.#open.get(index)
    if (known !== undefined) return { reader: known, inFile }
    const file = this.#files[index]!
    const handle = await this.#storage.openRead(file.name).catch((error: unknown) => {
      if (!(error instanceof DatasetError) || error.code !== 'not-found') throw error
      const message = `${file.name} is missing in ${this.#storage.location}`
      throw new DatasetError('incomplete', message, { file: file.name, cause: error })
    })
    try {
      const reader = await runReading(PartReader.open(handle, expectedDocuments(file, this.#kept)))
      this.#open.set(index, reader)
      return { reader, inFile }
    } catch (error) {
      await handle.close()
      throw error
    }
  }
}

/** Rows of a record batch as records. */
function* readRecords(body: BatchBody<FileColumn>, row: number, rows: number): Reading<DocumentRecord[]> {
  const { handle, position, plan } = body
  const numbers: ArrayLike<number | bigint>[] = []
  for (const { name, element } of documentNumbers) {
    const { data } = plan.columns.find(({ column }) => column.name === name && !isTextColumn(column))!
    const byteLength = elementByteLength[element]
    const array = viewElements[element](new ArrayBuffer(rows * byteLength), 0, rows)
    yield [{ handle, target: bytesOf(array), position: position + data.offset + row * byteLength }]
    numbers.push(array)
  }
  const texts: ReturnType<TextBuilder['build']>[] = []
  for (const { column } of plan.columns) {
    if (!isTextColumn(column)) continue
    const builder = new TextBuilder(rows)
    yield* readTexts(body, { row, rows }, column.name, builder)
    texts.push(builder.build())
  }
  return Array.from({ length: rows }, (_, at): DocumentRecord => {
    const [document, source, byteStart, byteEnd, firstToken, tokens] = numbers.map((array) =>
      Number(array[at]),
    )
    return {
      document: document!,
      source: source!,
      byteStart: byteStart!,
      byteEnd: byteEnd!,
      firstToken: firstToken!,
      tokens: tokens!,
      kept: texts.map((values) => textAt(values, at)),
    }
  })
}
