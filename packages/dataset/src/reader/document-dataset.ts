import { DatasetError } from '../errors.ts'
import { documentManifestVersion } from '../manifest/manifest.ts'
import { readManifestValue, readRowManifest, versionOf } from '../manifest/read-manifest.ts'
import { folderStorage } from '../storage/folder.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { readDocumentRows, type DocumentRowBatch } from './document-row-batch.ts'
import { checkIdentities } from './identities.ts'
import { partOf } from './locate.ts'
import type { OpenDatasetOptions } from './open-dataset.ts'
import type { PartReader } from './part-reader.ts'
import type { Piece } from './read-rows.ts'
import { RowDataset } from './row-dataset.ts'
import { runReading } from './reading.ts'

/** Options of {@link DocumentDataset.read}. */
export interface DocumentReadOptions {
  /** Make the embeddings of a lazy dataset. @default true */
  readonly embeds?: boolean
}

/** Options of {@link DocumentDataset.batches}. */
export interface DocumentBatchesOptions {
  /** First document; rounded down to the record batch it lies in. @default 0 */
  readonly from?: number
  /** Names of the columns that are read; the others are absent from the batches. @default all */
  readonly columns?: readonly string[]
}

/**
 * An open dataset with a row for each document: random access by document, with no more read than asked. Close it when done.
 *
 * A lazy dataset gives the same vectors as a full one.
 */
export class DocumentDataset extends RowDataset {
  /**
   * Reads documents `first` to `first + count`.
   *
   * @throws DatasetError `out-of-range`; `incomplete` where a part is missing; `corrupt` naming file and position.
   */
  async read(
    first: number,
    count = 1,
    { embeds = true }: DocumentReadOptions = {},
  ): Promise<DocumentRowBatch> {
    const valid = Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 0
    if (!valid || first + count > this.length) {
      const message = `Expected documents in [0, ${this.length}), got ${first} to ${first + count}`
      throw new DatasetError('out-of-range', message)
    }
    const pieces: Piece[] = []
    const { parts } = this.manifest
    for (let row = first, index = partOf(parts, first); row < first + count; index++) {
      const { firstWindow, rows } = parts[index]!
      const end = Math.min(first + count, firstWindow + rows)
      pieces.push(...piecesOf(await this.parts.open(index), row - firstWindow, end - firstWindow))
      row = end
    }
    return this.#read(first, pieces, { embeds })
  }

  /** All documents in order, one record batch at a time. */
  async *batches({ from = 0, columns }: DocumentBatchesOptions = {}): AsyncGenerator<DocumentRowBatch, void> {
    for (const [index, { firstWindow, rows }] of this.manifest.parts.entries()) {
      if (firstWindow + rows <= from) continue
      const part = await this.parts.open(index)
      let row = 0
      for (let batch = 0; batch < part.batches; batch++) {
        const count = part.body(batch).plan.rows
        if (firstWindow + row + count > from)
          yield this.#read(firstWindow + row, [{ part, batch, row: 0, rows: count }], columns && { columns })
        row += count
      }
    }
  }

  /**
   * The embeddings that the dataset's tables give ids, whatever the dataset stores: how `verify --deep` computes again what rows hold.
   *
   * @param offsets where each row's ids begin, and the end of the last
   */
  async embed({
    inputIds,
    offsets,
  }: Required<Pick<DocumentRowBatch, 'inputIds' | 'offsets'>>): Promise<Float32Array | Uint16Array> {
    const lazy = await this.lazy.open()
    return runReading(lazy.embed({ inputIds, positionIds: positionsOf(offsets) }))
  }

  async #read(
    firstDocument: number,
    pieces: readonly Piece[],
    { columns, embeds = true }: { readonly columns?: readonly string[]; readonly embeds?: boolean } = {},
  ): Promise<DocumentRowBatch> {
    const batch = await runReading(readDocumentRows(this.layout, firstDocument, pieces, columns))
    const { inputIds, offsets } = batch
    const isWanted = embeds && (columns === undefined || columns.includes('inputs_embeds'))
    if (this.layout.embedding !== 'lazy' || inputIds === undefined || !isWanted) return batch
    return { ...batch, inputsEmbeds: await this.embed({ inputIds, offsets }) }
  }
}

/** Which rows of which record batches hold rows `first` to `end` of a part. */
function piecesOf(part: PartReader, first: number, end: number): Piece[] {
  const pieces: Piece[] = []
  let before = 0
  for (let batch = 0; batch < part.batches && before < end; batch++) {
    const { rows } = part.body(batch).plan
    const from = Math.max(0, first - before)
    const to = Math.min(rows, end - before)
    if (from < to) pieces.push({ part, batch, row: from, rows: to - from })
    before += rows
  }
  return pieces
}

/** Positions that begin at 0 with each row. */
function positionsOf(offsets: Int32Array): Int32Array {
  const positions = new Int32Array(offsets.at(-1)!)
  for (let row = 0; row + 1 < offsets.length; row++)
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) positions[at] = at - offsets[row]!
  return positions
}

/**
 * Opens a committed dataset that has a row for each document (`sluice run --per document`). Reads the manifest only.
 *
 * @param from - a folder, or any storage.
 * @throws DatasetError as `openDataset`; `no-documents` where rows are windows
 */
export async function openDocuments(
  from: string | DatasetStorage,
  { expect = {}, ...access }: OpenDatasetOptions = {},
): Promise<DocumentDataset> {
  const storage = typeof from === 'string' ? folderStorage(from) : from
  const manifest = await readRowManifest(storage)
  if (manifest.version !== documentManifestVersion) {
    const message = `${storage.location} has windows, not a row for each document: open it with \`openDataset\``
    throw new DatasetError('no-documents', message, { file: 'manifest.json' })
  }
  checkIdentities(manifest, expect, storage.location)
  return new DocumentDataset(storage, manifest, access)
}

/** Whether a storage holds a dataset with a row for each document. @throws DatasetError `not-a-dataset` where it holds none */
export async function holdsDocuments(storage: DatasetStorage): Promise<boolean> {
  return versionOf(await readManifestValue(storage)) === documentManifestVersion
}
