import { DatasetError } from '../errors.ts'
import type { Dataset } from '../reader/dataset.ts'
import { isId, wrongRow } from './held-ids.ts'
import { LoneDocuments } from './lone-documents.ts'
import { rowsAsTheyLie } from './ordered-rows.ts'
import { TokenRunBuilder, type TokenRun } from './token-run.ts'

/** Ids that are given at a time. */
const idsAtATime = 1 << 20

/** Numbers kept about each piece. */
const fields = 5

/** Pieces by document and place in it, in one flat array: 40 bytes a piece, the memory of this export. */
class PieceIndex {
  count = 0
  #numbers = new Float64Array(1024 * fields)

  add(document: number, first: number, row: number, column: number, length: number): void {
    if ((this.count + 1) * fields > this.#numbers.length) {
      const larger = new Float64Array(2 * this.#numbers.length)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers.set([document, first, row, column, length], this.count++ * fields)
  }

  /** Numbers of the pieces in the order of documents and of their places in them. */
  sorted(): Uint32Array {
    const compare = (left: number, right: number): number =>
      this.document(left) - this.document(right) || this.first(left) - this.first(right)
    return Uint32Array.from({ length: this.count }, (_, piece) => piece).toSorted(compare)
  }

  document = (piece: number): number => this.#numbers[piece * fields]!
  first = (piece: number): number => this.#numbers[piece * fields + 1]!
  row = (piece: number): number => this.#numbers[piece * fields + 2]!
  column = (piece: number): number => this.#numbers[piece * fields + 3]!
  length = (piece: number): number => this.#numbers[piece * fields + 4]!
}

/**
 * The documents of packed rows. Every piece has as many targets as inputs, so a piece of n inputs holds n + 1 ids, the
 * last of which is the first of the document's next piece, if there is one. Documents of one id come from a list of their own.
 */
export async function* packedDocuments(dataset: Dataset): AsyncGenerator<TokenRun, void> {
  const index = await indexPieces(dataset)
  const builder = new TokenRunBuilder()
  const lone = await LoneDocuments.open(dataset)
  let document: number | undefined
  let taken = 0
  for (const pieces of batchesOf(index)) {
    const rows = Float64Array.from(pieces, index.row)
    const batch = await dataset.readColumns(rows, ['input_ids', 'target_ids'])
    const { maxLength, vocabSize } = dataset.layout
    for (const [place, piece] of pieces.entries()) {
      const first = index.first(piece)
      if (index.document(piece) !== document) {
        document = index.document(piece)
        taken = 0
        if (lone.isBefore(document)) await lone.addBefore(document, builder)
        builder.begin()
      }
      const expected = Math.max(0, taken - 1)
      if (first !== expected) {
        throw new DatasetError(
          'corrupt',
          `Document ${document} has no piece that begins at its id ${expected}`,
        )
      }
      const start = place * maxLength + index.column(piece)
      const length = index.length(piece)
      if (taken === 0) builder.add(batch.inputIds[start]!)
      for (let at = 0; at < length; at++) {
        const target = batch.targetIds[start + at]!
        const shifted = at === length - 1 || target === batch.inputIds[start + at + 1]
        if (!shifted || !isId(target, vocabSize) || !isId(batch.inputIds[start]!, vocabSize)) {
          throw wrongRow({ ...batch, firstWindow: index.row(piece) }, 0)
        }
        builder.add(target)
      }
      taken = first + length + 1
    }
    yield builder.take()
  }
  await lone.addBefore(Infinity, builder)
  yield builder.take()
}

/** The pieces in their order, as many at a time as are read together. */
function* batchesOf(index: PieceIndex): Generator<Uint32Array, void> {
  const order = index.sorted()
  for (let from = 0; from < order.length;) {
    let end = from
    for (let ids = 0; end < order.length && ids < idsAtATime; end++) ids += index.length(order[end]!)
    yield order.subarray(from, end)
    from = end
  }
}

async function indexPieces(dataset: Dataset): Promise<PieceIndex> {
  const index = new PieceIndex()
  const { maxLength } = dataset.layout
  let rowNumber = 0
  const names = ['piece_lengths', 'piece_documents', 'piece_first_tokens', 'window'] as const
  for await (const batch of rowsAsTheyLie(dataset, names)) {
    const { offsets, lengths, documents, firstTokens } = batch.pieces!
    for (let row = 0; row < batch.rows; row++, rowNumber++) {
      let column = 0
      for (let piece = offsets[row]!; piece < offsets[row + 1]!; piece++) {
        const length = lengths[piece]!
        if (length < 1 || column + length > maxLength) throw wrongRow(batch, row)
        const document = Number(documents[piece])
        if (document >= 0) index.add(document, Number(firstTokens[piece]), rowNumber, column, length)
        column += length
      }
    }
  }
  return index
}
