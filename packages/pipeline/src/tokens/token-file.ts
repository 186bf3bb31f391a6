import type { ReadHandle, StagedObject } from '@sluice/dataset'
import { createIdSums, type IdSums } from './id-sums.ts'
import { PositionJumps } from './position-jumps.ts'

/**
 * The ids of one segment, as they lie in `tokens/*.ids`, little-endian:
 *
 * 1. `tokens` ids of 2 bytes (vocabularies of at most 65,536) or 4;
 * 2. zeros up to a multiple of 8 bytes;
 * 3. for each document three float64: the index of its first id, after a separator that stands before it, and where it (or
 *    the piece of it that the segment holds) begins and ends in the source, in bytes or rows;
 * 4. where positions are bytes of the text, for every {@link checkpointInterval}th id a float64: bytes of its
 *    document's text in this segment before it;
 * 5. where bytes that are not UTF-8 were repaired, pairs of float64: see {@link PositionJumps}.
 */

/** Ids from one checkpoint to the next: what has to be read to know where in its source an id is. */
export const checkpointInterval = 1024

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

/** Ids that are written at a time: with what is known of each they stay in the processor's cache. */
const bufferLength = 1 << 16

/** Memory for ids on their way to a token file: a thread has one, for one file after the other. */
export interface TokenBuffer {
  readonly idByteLength: 2 | 4
  readonly sums: IdSums
}

/** @param tokenByteLengths bytes of each id's text */
export function createTokenBuffer(
  idByteLength: 2 | 4,
  tokenByteLengths: Uint16Array,
  count: number = bufferLength,
): TokenBuffer {
  return { idByteLength, sums: createIdSums({ count, isNarrow: idByteLength === 2, tokenByteLengths }) }
}

/**
 * Writes a token file in one pass; memory grows with the documents of the segment, 24 bytes each, 8 bytes a checkpoint and 16 a
 * repair.
 */
export class TokenFileWriter {
  tokens = 0
  readonly #staged: StagedObject
  /** Documents may hold a few ids only, and a write for each would cost more than making them. */
  readonly #buffer: TokenBuffer
  #buffered = 0
  readonly #documents: number[] = []
  readonly #countsBytes: boolean
  readonly #checkpoints: number[] = []
  readonly #jumps = new PositionJumps()
  #textBytes = 0

  /** @param countsBytes positions in the source are bytes of the text */
  constructor(staged: StagedObject, buffer: TokenBuffer, countsBytes: boolean) {
    this.#staged = staged
    this.#buffer = buffer
    this.#countsBytes = countsBytes
  }

  get idByteLength(): 2 | 4 {
    return this.#buffer.idByteLength
  }

  get documents(): number {
    return this.#documents.length / documentRowLength
  }

  /** {@link documentRowLength} numbers a document, as they will lie in the file. */
  get documentTable(): readonly number[] {
    return this.#documents
  }

  /** Pairs of {@link PositionJumps} in the file. */
  get jumps(): number {
    return this.#jumps.pairs.length / 2
  }

  /** Whether so many ids are appended without a wait. */
  hasRoom(ids: number): boolean {
    return this.#buffered + ids < this.#buffer.sums.ids.length
  }

  /** Appends ids. The array may be reused when this returns, or, where it returns a promise, when that is fulfilled. */
  append(ids: Uint32Array): Promise<void> | undefined {
    return this.#append(ids, this.#countsBytes)
  }

  /** Appends ids of a document that are no text of it. */
  appendMarks(ids: readonly number[]): Promise<void> | undefined {
    if (ids.length === 0) return undefined
    if (this.#countsBytes) {
      for (let at = this.tokens; at < this.tokens + ids.length; at++)
        if (at % checkpointInterval === 0) this.#checkpoints.push(this.#textBytes)
    }
    return this.#append(Uint32Array.from(ids), false)
  }

  #append(ids: Uint32Array, isText: boolean): Promise<void> | undefined {
    if (!this.hasRoom(ids.length)) return this.#appendAndFlush(ids, isText)
    this.#take(ids, isText)
    return undefined
  }

  async #appendAndFlush(ids: Uint32Array, isText: boolean): Promise<void> {
    const { length } = this.#buffer.sums.ids
    for (let from = 0; from < ids.length;) {
      const piece = ids.subarray(from, from + length - this.#buffered)
      this.#take(piece, isText)
      from += piece.length
      if (this.#buffered === length) await this.#flush()
    }
  }

  /** Takes ids that the buffer has room for. */
  #take(ids: Uint32Array, isText: boolean): void {
    const from = this.#buffered
    this.#buffered += ids.length
    this.#buffer.sums.ids.set(ids, from)
    if (isText) this.#countBytes(from, this.#buffered)
    this.tokens += ids.length
  }

  /** The next id is the first of a document that begins (or continues) at `position`. */
  beginDocument(position: number): void {
    this.#documents.push(this.tokens, position, position)
    this.#textBytes = 0
    this.#jumps.begin(position)
  }

  /** The text to come has other bytes than its source. */
  repair(repair: Parameters<PositionJumps['announce']>[0]): void {
    if (this.#countsBytes) this.#jumps.announce(repair)
  }

  endDocument(endPosition: number): void {
    this.#documents[this.#documents.length - 1] = endPosition
  }

  /** Writes the tables. */
  async end(): Promise<void> {
    await this.#flush()
    const written = this.tokens * this.idByteLength
    await this.#write(new Uint8Array(documentTableStart(this.tokens, this.idByteLength) - written))
    await this.#write(bytesOf(Float64Array.from(this.#documents)))
    await this.#write(bytesOf(Float64Array.from(this.#checkpoints)))
    await this.#write(bytesOf(Float64Array.from(this.#jumps.pairs)))
  }

  /** Counts the bytes of the text of ids that lie in the buffer. */
  #countBytes(from: number, to: number): void {
    const { sums } = this.#buffer
    for (let at = from; at < to;) {
      const index = this.tokens + at - from
      const passed = index % checkpointInterval
      if (passed === 0) this.#checkpoints.push(this.#textBytes)
      const end = Math.min(to, at + checkpointInterval - passed)
      const bytes = sums.sumUp(at, end)
      if (this.#jumps.isWaiting) {
        for (let one = at; one < end; one++)
          this.#jumps.pass(index + one - at, this.#textBytes + sums.sums[one]!)
      }
      this.#textBytes += bytes
      at = end
    }
  }

  async #flush(): Promise<void> {
    await this.#write(bytesOf(this.#buffer.sums.ids.subarray(0, this.#buffered)))
    this.#buffered = 0
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return
    await this.#staged.write([bytes])
  }
}

/** The receipt fields needed to read its file. */
export interface TokenFileShape {
  readonly tokens: number
  readonly documents: number
  readonly idByteLength: 2 | 4
  readonly jumps?: number
}

/** Ids that are widened at a time. */
const narrowLength = 1 << 16

/**
 * Reads ids of token files, widened to int32 where that is wanted. Where the storage can, it does so without leaving the thread: most reads are
 * short, and of what was written a moment ago.
 */
export class IdReader {
  /** Narrow ids land here: `set` widens them as fast as it copies. */
  readonly #narrow = new Uint16Array(narrowLength)

  /**
   * Reads ids `[first, first + target.length)` of a file.
   *
   * @throws RangeError for wide ids that are to be narrow
   */
  async read(
    handle: ReadHandle,
    { idByteLength }: TokenFileShape,
    first: number,
    target: Int32Array | Uint16Array,
  ): Promise<void> {
    if (target.BYTES_PER_ELEMENT === idByteLength) return fill(handle, target, first * idByteLength)
    if (idByteLength === 4) throw new RangeError('Expected room for ids of 4 bytes, got 2')
    for (let from = 0; from < target.length; from += narrowLength) {
      const block = this.#narrow.subarray(0, target.length - from)
      const filled = fill(handle, block, (first + from) * 2)
      if (filled !== undefined) await filled
      target.set(block, from)
    }
  }
}

function fill(handle: ReadHandle, target: ArrayBufferView, position: number): Promise<void> | undefined {
  if (handle.readSync === undefined) return handle.read(bytesOf(target), position)
  handle.readSync(bytesOf(target), position)
  return undefined
}

/** The document table of a token file: {@link documentRowLength} numbers a row. */
export async function readDocumentTable(handle: ReadHandle, shape: TokenFileShape): Promise<Float64Array> {
  const table = new Float64Array(shape.documents * documentRowLength)
  await fill(handle, table, documentTableStart(shape.tokens, shape.idByteLength))
  return table
}

/** The pairs of {@link PositionJumps} of a token file that has checkpoints. */
export async function readJumps(handle: ReadHandle, shape: TokenFileShape): Promise<Float64Array> {
  const pairs = new Float64Array(2 * (shape.jumps ?? 0))
  const checkpoints = Math.ceil(shape.tokens / checkpointInterval)
  if (pairs.length > 0) await fill(handle, pairs, checkpointsStart(shape) + 8 * checkpoints)
  return pairs
}

/** Checkpoint number `checkpoint` of a token file that has them. */
export async function readCheckpoint(
  handle: ReadHandle,
  shape: TokenFileShape,
  checkpoint: number,
): Promise<number> {
  const value = new Float64Array(1)
  await fill(handle, value, checkpointsStart(shape) + checkpoint * 8)
  return value[0]!
}

function checkpointsStart({ tokens, documents, idByteLength }: TokenFileShape): number {
  return documentTableStart(tokens, idByteLength) + documents * documentRowLength * 8
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
