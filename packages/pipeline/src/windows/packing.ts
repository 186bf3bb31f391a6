import type { DatasetStorage, ReadHandle, StagedObject } from '@sluice/dataset'
import type { RunConfig } from '../plan/run-config.ts'
import type { TokenReader } from '../tokens/token-stream.ts'
import { BestFit, type PackedPiece } from './best-fit.ts'
import { rangeOfDocument } from './documents.ts'
import type { PieceList, WantedWindows, WindowLocator } from './piece.ts'
import type { WindowIndex } from './window-index.ts'

/**
 * The packing of a run lies in two files of float64, little-endian, named after the index of the ids it is about:
 *
 * - `.pieces`: of each piece, window after window, its start in the stream, its length, and the index of its first id in
 *   its document;
 * - `.windows`: of each window the number of its first piece, and after the last one the number of all pieces.
 */
const namesOf = (indexName: string): { readonly pieces: string; readonly windows: string } => {
  const stem = indexName.replace(/\.json$/, '').replace('index-', 'packing-')
  return { pieces: `${stem}.pieces`, windows: `${stem}.windows` }
}

const pieceLength = 3
const numberBytes = Float64Array.BYTES_PER_ELEMENT

/**
 * Packs all documents into windows, in one pass over their lengths, and publishes the outcome for those who make parts.
 *
 * @returns how many windows there are
 */
export async function publishPacking(
  storage: DatasetStorage,
  indexName: string,
  tokens: TokenReader,
  windows: WindowIndex,
  config: RunConfig,
): Promise<number> {
  const names = namesOf(indexName)
  const pieceFile = new NumberFile(await storage.stage('tokens.pieces'))
  const windowFile = new NumberFile(await storage.stage('tokens.windows'))
  try {
    const fit = new BestFit(config.maxLength, (pieces) => {
      windowFile.write(pieceFile.count / pieceLength)
      for (const { start, length, first } of pieces) pieceFile.write(start, length, first)
    })
    for (const [segment, { receipt, continued }] of tokens.index.segments.entries()) {
      const table = await tokens.documentTable(segment)
      for (let row = continued ? 1 : 0; row < receipt.documents; row++) {
        const range = rangeOfDocument(tokens.index, windows, { segment, table, row }, config)
        for (const piece of piecesOf(range, config.maxLength)) fit.add(piece)
      }
      await pieceFile.drain()
      await windowFile.drain()
    }
    fit.end()
    const count = windowFile.count
    windowFile.write(pieceFile.count / pieceLength)
    await pieceFile.publish(names.pieces)
    await windowFile.publish(names.windows)
    return count
  } finally {
    await pieceFile.discard()
    await windowFile.discard()
  }
}

/** A document of n ids has n − 1 inputs with a target; a longer one than a window is cut, and no target is lost. */
function* piecesOf(
  { start, length }: { readonly start: number; readonly length: number },
  maxLength: number,
): Generator<PackedPiece> {
  for (let at = 0; at < length - 1; at += maxLength) {
    yield { start: start + at, first: at, length: Math.min(maxLength, length - 1 - at) }
  }
}

/** Finds the pieces of packed windows. */
export class PackedWindows implements WindowLocator {
  readonly #pieces: ReadHandle
  readonly #windows: ReadHandle

  private constructor(pieces: ReadHandle, windows: ReadHandle) {
    this.#pieces = pieces
    this.#windows = windows
  }

  static async open(storage: DatasetStorage, indexName: string): Promise<PackedWindows> {
    const names = namesOf(indexName)
    return new PackedWindows(await storage.openRead(names.pieces), await storage.openRead(names.windows))
  }

  /** Windows of the packing. */
  get count(): number {
    return this.#windows.byteLength / numberBytes - 1
  }

  async locate({ count, rows, windows }: WantedWindows, pieces: PieceList): Promise<void> {
    for (let first = 0; first < count;) {
      let end = first + 1
      while (end < count && windows[end] === windows[end - 1]! + 1) end++
      await this.#locateRun(windows[first]!, rows.subarray(first, end), pieces)
      first = end
    }
  }

  async close(): Promise<void> {
    await this.#pieces.close()
    await this.#windows.close()
  }

  /** The pieces of consecutive windows. */
  async #locateRun(window: number, rows: Int32Array, pieces: PieceList): Promise<void> {
    const firsts = await readNumbers(this.#windows, window, rows.length + 1)
    const from = firsts[0]!
    const numbers = await readNumbers(this.#pieces, from * pieceLength, (firsts.at(-1)! - from) * pieceLength)
    for (const [index, row] of rows.entries()) {
      let column = 0
      for (let piece = firsts[index]! - from; piece < firsts[index + 1]! - from; piece++) {
        const start = numbers[piece * pieceLength]!
        const length = numbers[piece * pieceLength + 1]!
        const first = numbers[piece * pieceLength + 2]!
        pieces.add({ row, column, start, inputs: length, targets: length, first, begins: first === 0 })
        column += length
      }
    }
  }
}

async function readNumbers(handle: ReadHandle, first: number, count: number): Promise<Float64Array> {
  const numbers = new Float64Array(count)
  await handle.read(new Uint8Array(numbers.buffer), first * numberBytes)
  return numbers
}

/** Numbers written at a time. */
const bufferedNumbers = 8192

/** Writes float64 one after the other. Full buffers wait for {@link NumberFile.drain}. */
class NumberFile {
  count = 0
  readonly #staged: StagedObject
  #buffer = new Float64Array(bufferedNumbers)
  #full: Uint8Array[] = []

  constructor(staged: StagedObject) {
    this.#staged = staged
  }

  write(...numbers: readonly number[]): void {
    for (const number of numbers) {
      this.#buffer[this.count % bufferedNumbers] = number
      this.count++
      if (this.count % bufferedNumbers !== 0) continue
      this.#full.push(new Uint8Array(this.#buffer.buffer))
      this.#buffer = new Float64Array(bufferedNumbers)
    }
  }

  /** Writes what is waiting. */
  async drain(): Promise<void> {
    const full = this.#full
    this.#full = []
    if (full.length > 0) await this.#staged.write(full)
  }

  async publish(name: string): Promise<void> {
    const rest = (this.count % bufferedNumbers) * numberBytes
    if (rest > 0) this.#full.push(new Uint8Array(this.#buffer.buffer, 0, rest))
    await this.drain()
    await this.#staged.publish(name)
  }

  async discard(): Promise<void> {
    await this.#staged.discard()
  }
}
