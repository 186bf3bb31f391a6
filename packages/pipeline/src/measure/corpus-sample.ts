import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { OnSample } from '../estimate/sample-segment.ts'

/** Pieces of text at least this long on average are those of texts, and not records. */
const textByteLength = 1 << 16

/** Bytes that are written in one go. */
const blockByteLength = 4 << 20

/** A sample that was written to a file, and the options of a run that reads it. */
export interface WrittenSample {
  readonly path: string
  readonly format: 'txt' | 'jsonl' | 'ids'
}

/** Documents of a corpus, or pieces of them, of which some may be written as a corpus of its own. */
export class CorpusSample {
  /** Bytes of all of it. */
  byteLength = 0
  readonly #documents: Buffer[] = []
  readonly #endId: number | undefined
  #isIds = false

  /** @param endId what ends each document of a corpus of ids */
  constructor(endId?: number) {
    this.#endId = endId
  }

  /** Takes a document, or a piece of one. */
  readonly add: OnSample = (document) => {
    this.#isIds ||= document.kind === 'ids'
    this.#documents.push(document.bytes)
    this.byteLength += document.bytes.length
  }

  /** Bytes that make an id, at most: of text about three in any language, or fewer. */
  get bytesPerId(): number {
    return this.#isIds ? Uint32Array.BYTES_PER_ELEMENT : 3
  }

  /** Writes about so many bytes, evenly from all of it: records as lines of JSON, so that they stay apart, and ids as a flat file. */
  async write(folder: string, byteLength: number): Promise<WrittenSample> {
    const isLong = this.byteLength >= textByteLength * this.#documents.length
    const format = this.#isIds ? 'ids' : isLong ? 'txt' : 'jsonl'
    const path = join(folder, `sample.${format === 'ids' ? 'u32' : format}`)
    const share = Math.min(1, byteLength / this.byteLength)
    const pieces = format === 'jsonl' ? this.#records(share) : this.#beginnings(share)
    await using file = await open(path, 'wx')
    for (const block of blocksOf(pieces)) await file.writeFile(block)
    // Otherwise the disk would write it while the run of it is measured.
    await file.sync()
    return { path, format }
  }

  /** The beginning of each document. */
  *#beginnings(share: number): Generator<Buffer, void> {
    const idBytes = Uint32Array.BYTES_PER_ELEMENT
    const end = Buffer.alloc(this.#isIds && this.#endId !== undefined ? idBytes : 0)
    if (end.length > 0) end.writeUInt32LE(this.#endId!)
    for (const document of this.#documents) {
      const length = Math.ceil(share * document.length)
      yield document.subarray(0, this.#isIds ? Math.ceil(length / idBytes) * idBytes : length)
      yield end
    }
  }

  /** Some of the documents, whole. */
  *#records(share: number): Generator<Buffer, void> {
    let wanted = 0
    let written = 0
    for (const text of this.#documents) {
      wanted += share * text.length
      if (written > 0 && written > wanted - text.length / 2) continue
      written += text.length
      yield Buffer.from(`${JSON.stringify({ text: text.toString('utf8') })}\n`)
    }
  }
}

/** Joins small pieces: a write for each of a million records would take longer than the run of them. */
function* blocksOf(pieces: Iterable<Buffer>): Generator<Buffer, void> {
  let block: Buffer[] = []
  let byteLength = 0
  for (const piece of pieces) {
    block.push(piece)
    byteLength += piece.length
    if (byteLength < blockByteLength) continue
    yield Buffer.concat(block)
    block = []
    byteLength = 0
  }
  yield Buffer.concat(block)
}
