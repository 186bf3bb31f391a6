import { createHash } from 'node:crypto'
import type { ReadHandle, StagedObject } from '@sluice/dataset'

/**
 * The ids of one segment, as they lie in `tokens/*.ids`, little-endian:
 *
 * 1. `tokens` ids of 2 bytes (vocabularies of at most 65,536) or 4;
 * 2. zeros up to a multiple of 8 bytes;
 * 3. for each document a {@link DocumentRow} of three float64: where it is in the ids and in its source.
 */
export interface DocumentRow {
  /** Index in the segment of the document's first id, after a separator that stands before it. */
  readonly firstToken: number
  /** Where the document, or the piece of it that the segment holds, begins and ends: bytes or rows of the source. */
  readonly position: number
  readonly endPosition: number
}

/** Numbers in a row of the document table. */
export const documentRowLength = 3

/** Bytes of an id that holds every id of a vocabulary. */
export function idByteLengthOf(vocabSize: number): 2 | 4 {
  return vocabSize <= 0x10000 ? 2 : 4
}

const alignment = 8

function documentTableStart(tokens: number, idByteLength: 2 | 4): number {
  return Math.ceil((tokens * idByteLength) / alignment) * alignment
}

/** Writes a token file in one pass; memory grows with the documents of the segment, 24 bytes each. */
export class TokenFileWriter {
  tokens = 0
  readonly #staged: StagedObject
  readonly idByteLength: 2 | 4
  readonly #hash = createHash('sha256')
  #narrow = new Uint16Array(0)
  #documents: number[] = []

  constructor(staged: StagedObject, idByteLength: 2 | 4) {
    this.#staged = staged
    this.idByteLength = idByteLength
  }

  get documents(): number {
    return this.#documents.length / documentRowLength
  }

  /** Appends ids. The array may be reused when this returns. */
  append(ids: Uint32Array): void {
    this.tokens += ids.length
    if (this.idByteLength === 4) return this.#write(bytesOf(ids))
    if (this.#narrow.length < ids.length) this.#narrow = new Uint16Array(ids.length)
    const narrow = this.#narrow.subarray(0, ids.length)
    narrow.set(ids)
    this.#write(bytesOf(narrow))
  }

  /** The next id is the first of a document that begins (or goes on) at `position`. */
  beginDocument(position: number): void {
    this.#documents.push(this.tokens, position, position)
  }

  endDocument(endPosition: number): void {
    this.#documents[this.#documents.length - 1] = endPosition
  }

  /** Writes the document table; returns the sha256 of the whole file, in hexadecimal. */
  end(): string {
    const written = this.tokens * this.idByteLength
    this.#write(new Uint8Array(documentTableStart(this.tokens, this.idByteLength) - written))
    this.#write(bytesOf(Float64Array.from(this.#documents)))
    return this.#hash.digest('hex')
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#hash.update(bytes)
    this.#staged.write([bytes])
  }
}

/** What of a receipt is needed to read its file. */
export interface TokenFileShape {
  readonly tokens: number
  readonly documents: number
  readonly idByteLength: 2 | 4
}

/** Reads ids `[first, first + target.length)` of a token file, widened to int32. */
export async function readIds(
  handle: ReadHandle,
  { idByteLength }: TokenFileShape,
  first: number,
  target: Int32Array,
): Promise<void> {
  if (idByteLength === 4) return handle.read(bytesOf(target), first * 4)
  // The narrow ids land in the second half of the target's own memory: widening from the front never overtakes them.
  const narrow = new Uint16Array(target.buffer, target.byteOffset + target.length * 2, target.length)
  await handle.read(bytesOf(narrow), first * 2)
  for (let index = 0; index < target.length; index += 1) target[index] = narrow[index]!
}

/** The document table of a token file: {@link documentRowLength} numbers a row. */
export async function readDocumentTable(handle: ReadHandle, shape: TokenFileShape): Promise<Float64Array> {
  const table = new Float64Array(shape.documents * documentRowLength)
  await handle.read(bytesOf(table), documentTableStart(shape.tokens, shape.idByteLength))
  return table
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
