import type { Dataset } from '../reader/dataset.ts'
import type { DocumentRecord, DocumentTable } from '../reader/document-table.ts'
import type { WindowBatch } from '../reader/window-batch.ts'
import { heldIds } from './held-ids.ts'

/** Inputs of a row that follow each other and are of one document. */
export interface RowPiece {
  /** Places in the row, from 0: the first input, and the one after the last. */
  readonly from: number
  readonly to: number
  /** The corpus' number of the document; absent where the dataset does not say it. */
  readonly document?: number
  /** The first input's place among the ids of the document; absent where the dataset does not say it. */
  readonly firstId?: number
  /** Where the inputs themselves are from; absent but in packed rows. */
  readonly text?: SourceRange
  /** The document in the table of documents; absent where the dataset has none. */
  readonly record?: DocumentRecord
}

/** A range of a source: bytes of its (decompressed) text, or row numbers of a table. */
export interface SourceRange {
  /** Index into the manifest's sources. */
  readonly source: number
  readonly byteStart: number
  readonly byteEnd: number
}

/** Where a row came from. */
export interface RowOrigin {
  readonly row: number
  /** The corpus' number of its window; of a packed row, its own. */
  readonly window: number
  /** Of the source in which the row begins, what its ids are from. */
  readonly text: SourceRange
  /** In their order; the filling, and separators that are of no document, are left out. */
  readonly pieces: readonly RowPiece[]
}

const columns = [
  ...['input_ids', 'target_ids', 'window', 'source', 'byte_start', 'byte_end', 'document', 'document_ids'],
  ...['cu_seqlens', 'piece_lengths', 'piece_documents', 'piece_first_tokens'],
  ...['piece_sources', 'piece_byte_starts', 'piece_byte_ends'],
]

/**
 * Finds what each input of a row came from: which document, and as far as the dataset says it, which record of which source.
 *
 * @throws DatasetError `out-of-range`; `incomplete` where a part is missing; `corrupt` naming file and position.
 */
export async function traceRow(dataset: Dataset, row: number): Promise<RowOrigin> {
  const batch = await dataset.readColumns([row], columns)
  const { manifest, documents } = dataset
  const window = Number(batch.window[0])
  const text = {
    source: batch.source[0]!,
    byteStart: Number(batch.byteStart[0]),
    byteEnd: Number(batch.byteEnd[0]),
  }
  const { boundary, packing, stride } = manifest.windows
  let pieces: readonly RowPiece[]
  if (packing === 'best-fit') pieces = packedPieces(batch)
  else {
    const { inputs } = heldIds(batch, 0, dataset.layout)
    const isStream = boundary === 'cross' && documents !== undefined
    pieces = isStream ? await streamPieces(documents, window * stride, inputs) : piecesByNumber(batch, inputs)
  }
  return { row, window, text, pieces: await withRecords(pieces, documents) }
}

function packedPieces({ pieces }: WindowBatch): readonly RowPiece[] {
  if (pieces === undefined) return []
  const { lengths, documents, firstTokens, sources, byteStarts, byteEnds } = pieces
  let to = 0
  return Array.from(lengths, (length, piece): RowPiece => {
    const from = to
    to += length
    return {
      ...{ from, to, document: Number(documents[piece]), firstId: Number(firstTokens[piece]) },
      text: {
        source: sources[piece]!,
        byteStart: Number(byteStarts[piece]),
        byteEnd: Number(byteEnds[piece]),
      },
    }
  }).filter(({ document }) => document! >= 0)
}

/** A separator between two documents is of neither. */
async function streamPieces(
  documents: DocumentTable,
  start: number,
  inputs: number,
): Promise<readonly RowPiece[]> {
  const pieces: RowPiece[] = []
  const end = start + inputs
  let record = await documents.findToken(start)
  while (record !== undefined && record.firstToken < end) {
    const { document, firstToken, tokens } = record
    const first = Math.max(start, firstToken)
    const last = Math.min(end, firstToken + tokens)
    if (last > first)
      pieces.push({ from: first - start, to: last - start, document, firstId: first - firstToken, record })
    record = document + 1 < documents.length ? (await documents.read(document + 1))[0] : undefined
  }
  return pieces
}

function piecesByNumber(
  { document, documentIds, cuSeqlens }: WindowBatch,
  inputs: number,
): readonly RowPiece[] {
  if (document === undefined) return [{ from: 0, to: inputs }]
  const first = Number(document[0])
  const begins = [0]
  if (documentIds !== undefined) {
    for (let at = 1; at < inputs; at++) if (documentIds[at] !== documentIds[at - 1]) begins.push(at)
  } else if (cuSeqlens !== undefined) {
    begins.push(...cuSeqlens.values.subarray(1).filter((at) => at < inputs))
  }
  return begins.map((from, piece) => ({
    from,
    to: begins[piece + 1] ?? inputs,
    document: first + (documentIds === undefined ? piece : documentIds[from]!),
  }))
}

async function withRecords(
  pieces: readonly RowPiece[],
  documents: DocumentTable | undefined,
): Promise<readonly RowPiece[]> {
  if (documents === undefined) return pieces
  return Promise.all(
    pieces.map(async (piece) => {
      if (piece.record !== undefined || piece.document === undefined) return piece
      const [record] = await documents.read(piece.document)
      return { ...piece, record: record! }
    }),
  )
}
