import { documentShapeOf } from '../arrow/ipc-shape.ts'
import { IpcWriter } from '../arrow/ipc-writer.ts'
import { documentRows } from '../layout/document-table.ts'
import { documentsFolder, documentsName } from '../layout/names.ts'
import type { KeptLayout } from '../layout/layout.ts'
import { bytesOf } from '../layout/typed-array.ts'
import type { DatasetStorage, StagedObject } from '../storage/storage.ts'
import type { DocumentBatch } from './document-batch.ts'
import type { DocumentFile } from './document-file.ts'
import { int64Bytes, textBytes } from './batch-bytes.ts'

/**
 * Publishes the document table of a dataset: files of a fixed number of documents, whose names carry position and content, so that
 * writing them again is harmless.
 *
 * @param batches of {@link documentRows} documents each, but for the last; one is in memory at a time
 */
export async function writeDocuments(
  storage: DatasetStorage,
  kept: KeptLayout,
  batches: AsyncIterable<DocumentBatch>,
): Promise<readonly DocumentFile[]> {
  const { perFile } = documentRows(kept)
  const files: DocumentFile[] = []
  let open: OpenFile | undefined
  try {
    for await (const batch of batches) {
      open ??= await OpenFile.begin(storage, kept, {
        index: files.length,
        firstDocument: batch.firstDocument,
      })
      await open.append(batch)
      if (open.documents < perFile) continue
      files.push(await open.publish())
      open = undefined
    }
    if (open !== undefined) files.push(await open.publish())
    return files
  } finally {
    await open?.discard()
  }
}

interface FilePlace {
  readonly index: number
  readonly firstDocument: number
}

class OpenFile {
  documents = 0
  readonly #place: FilePlace
  readonly #staged: StagedObject
  readonly #ipc: IpcWriter

  private constructor(kept: KeptLayout, place: FilePlace, staged: StagedObject) {
    this.#place = place
    this.#staged = staged
    this.#ipc = new IpcWriter(staged, documentShapeOf(kept), { hash: true })
  }

  static async begin(storage: DatasetStorage, kept: KeptLayout, place: FilePlace): Promise<OpenFile> {
    return new OpenFile(kept, place, await storage.stage(`${documentsFolder}/${place.index}`))
  }

  async append({ rows, firstDocument, source, kept, ...numbers }: DocumentBatch): Promise<void> {
    const document = Float64Array.from({ length: rows }, (_, row) => firstDocument + row)
    await this.#ipc.writeBatch(rows, [
      { data: int64Bytes('document', document, rows) },
      { data: bytesOf(source) },
      { data: int64Bytes('byteStart', numbers.byteStart, rows) },
      { data: int64Bytes('byteEnd', numbers.byteEnd, rows) },
      { data: int64Bytes('firstToken', numbers.firstToken, rows) },
      { data: int64Bytes('tokens', numbers.tokens, rows) },
      ...kept.map((texts) => textBytes('kept', texts, rows)),
    ])
    this.documents += rows
  }

  async publish(): Promise<DocumentFile> {
    const sha256 = (await this.#ipc.end())!
    const { byteLength } = this.#staged
    const { index, firstDocument } = this.#place
    const name = documentsName(index, sha256)
    await this.#staged.publish(name)
    await this.discard()
    return { name, firstDocument, documents: this.documents, byteLength, sha256 }
  }

  discard(): Promise<void> {
    return this.#staged.discard()
  }
}
