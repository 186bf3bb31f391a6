import { sourceOfRow, type TokenReader } from '../tokens/token-stream.ts'
import { documentRowLength } from '../tokens/token-file.ts'
import type { TokenPlacer } from '../tokens/token-places.ts'
import type { PlacedDocument } from '../windows/document-ranges.ts'
import type { DocumentBuffers } from './document-buffers.ts'

/** What filling rows of documents needs. */
export interface FillDocumentsContext {
  readonly tokens: TokenReader
  readonly placer: TokenPlacer
  readonly buffers: DocumentBuffers
  /** The most ids of a row. */
  readonly maxLength: number
  /** What stands after the text of each document, and after that of one that is cut off too. */
  readonly closing: readonly number[]
}

/** Documents that are no further apart are read together. */
const mostGap = 1 << 12

/** Fills the buffers with one row for each document: its ids, and where they are from. Of a longer one than `maxLength` the first. */
export async function fillDocuments(
  documents: readonly PlacedDocument[],
  context: FillDocumentsContext,
): Promise<void> {
  const { tokens, placer, buffers, maxLength, closing } = context
  const { places } = buffers
  buffers.begin(documents.map(({ length }) => Math.min(length, maxLength)))
  const { ids, offsets } = buffers
  /** Ids of the stream in a row: the rest of a longer document's are the closing ones. */
  const taken = documents.map(({ length }) => (length > maxLength ? maxLength - closing.length : length))
  for (let row = 0; row < documents.length; row++)
    if (taken[row]! < documents[row]!.length) ids.set(closing, offsets[row + 1]! - closing.length)
  for (let first = 0; first < documents.length;) {
    if (taken[first] === 0) {
      await placeNothing(documents[first]!, first, context)
      first++
      continue
    }
    const { start } = documents[first]!
    const end = endOfRun(documents, taken, first, places.ids.ids.length)
    if (end === first) {
      await fillLong(documents[first]!, first, taken[first]!, context)
      first++
      continue
    }
    const count = documents[end - 1]!.start + taken[end - 1]! - start
    const block = places.ids.ids.subarray(0, count)
    await tokens.read(start, block)
    await placer.place(start, count, places)
    for (; first < end; first++) {
      const from = documents[first]!.start - start
      const to = from + taken[first]!
      ids.set(block.subarray(from, to), offsets[first])
      const run = places.findRun(from)
      buffers.source[first] = places.runs[run]!.source
      buffers.byteStart[first] = places.startOf(run, from)
      buffers.byteEnd[first] = places.endOf(places.findRun(to - 1), to - 1)
    }
  }
}

/** The documents from `first` on that one read serves, up to the returned one; none where the first is too long for that. */
function endOfRun(
  documents: readonly PlacedDocument[],
  taken: readonly number[],
  first: number,
  capacity: number,
): number {
  const { start } = documents[first]!
  let next = first
  let end = start
  while (next < documents.length && taken[next]! > 0) {
    const document = documents[next]!
    if (document.start - end > mostGap || document.start + taken[next]! - start > capacity) break
    end = document.start + taken[next]!
    next++
  }
  return next
}

/** A document that does not fit into what is placed at a time: its ids are read at once, and its first and last are placed. */
async function fillLong(
  { start }: PlacedDocument,
  row: number,
  taken: number,
  { tokens, placer, buffers }: FillDocumentsContext,
): Promise<void> {
  const { ids, offsets, places } = buffers
  const own = ids.subarray(offsets[row], offsets[row]! + taken)
  await tokens.read(start, own)
  places.ids.ids[0] = own[0]!
  await placer.place(start, 1, places)
  buffers.source[row] = places.runs[0]!.source
  buffers.byteStart[row] = places.startOf(0, 0)
  places.ids.ids[0] = own.at(-1)!
  await placer.place(start + taken - 1, 1, places)
  buffers.byteEnd[row] = places.endOf(0, 0)
}

/** A document without ids: only the table says where it is. */
async function placeNothing(
  { segment, row: tableRow }: PlacedDocument,
  row: number,
  { tokens, buffers }: FillDocumentsContext,
): Promise<void> {
  const table = await tokens.documentTable(segment)
  buffers.source[row] = sourceOfRow(tokens.index.segments[segment]!, tableRow)
  buffers.byteStart[row] = table[tableRow * documentRowLength + 1]!
  buffers.byteEnd[row] = table[tableRow * documentRowLength + 2]!
}
