import type { RunConfig } from '../plan/run-config.ts'
import type { TokenReader } from '../tokens/token-stream.ts'
import { rangeOfDocument } from './documents.ts'
import type { PieceList, WantedWindows, WindowLocator } from './piece.ts'
import { countWindowsOfText, spanOfWindow } from '../plan/window-cut.ts'
import { segmentOfWindow, type WindowIndex } from './window-index.ts'

/** The windows of a run's configuration, where they are not packed. */
export function createLocator(tokens: TokenReader, windows: WindowIndex, config: RunConfig): WindowLocator {
  return config.boundary === 'cross'
    ? new StreamWindows(tokens.index.tokens, config)
    : new DocumentWindows(tokens, windows, config)
}

/** Windows that run over the ends of documents: the stream is one text. */
class StreamWindows implements WindowLocator {
  readonly #tokens: number
  readonly #config: RunConfig

  constructor(tokens: number, config: RunConfig) {
    this.#tokens = tokens
    this.#config = config
  }

  async locate(wanted: WantedWindows, pieces: PieceList): Promise<void> {
    this.#add(wanted, pieces)
  }

  /** Not in the function that waits: such a one is not compiled for its loops. */
  #add({ count, rows, windows }: WantedWindows, pieces: PieceList): void {
    for (let index = 0; index < count; index++) {
      const window = windows[index]!
      const { start, inputs, targets } = spanOfWindow(window, this.#tokens, this.#config)
      pieces.add({ row: rows[index]!, column: 0, start, inputs, targets, begins: window === 0 })
    }
  }
}

/** Windows of each document for itself: found by their segment, then by a walk along its document table. */
class DocumentWindows implements WindowLocator {
  readonly #tokens: TokenReader
  readonly #windows: WindowIndex
  readonly #config: RunConfig

  constructor(tokens: TokenReader, windows: WindowIndex, config: RunConfig) {
    this.#tokens = tokens
    this.#windows = windows
    this.#config = config
  }

  async locate({ count, rows, windows }: WantedWindows, pieces: PieceList): Promise<void> {
    let at: DocumentPlace | undefined
    for (let index = 0; index < count; index++) {
      const window = windows[index]!
      const segment = segmentOfWindow(this.#windows, window)
      if (at?.segment !== segment) at = await this.#firstDocument(segment)
      while (at.firstWindow + at.windows <= window) this.#next(at)
      const span = spanOfWindow(window - at.firstWindow, at.length, this.#config)
      const { inputs, targets } = span
      const start = at.start + span.start
      const begins = window === at.firstWindow
      pieces.add({ row: rows[index]!, column: 0, start, inputs, targets, begins })
    }
  }

  async #firstDocument(segment: number): Promise<DocumentPlace> {
    const table = await this.#tokens.documentTable(segment)
    const { firstWindow } = this.#windows.segments[segment]!
    const { continued } = this.#tokens.index.segments[segment]!
    const at = { segment, table, row: continued ? 0 : -1, firstWindow, windows: 0, length: 0, start: 0 }
    this.#next(at)
    return at
  }

  #next(at: DocumentPlace): void {
    at.row++
    at.firstWindow += at.windows
    Object.assign(at, rangeOfDocument(this.#tokens.index, this.#windows, at, this.#config))
    at.windows = countWindowsOfText(at.length, this.#config)
  }
}

/** A document that begins in a segment: `start` is the stream position of its first id. */
interface DocumentPlace {
  readonly segment: number
  readonly table: Float64Array
  row: number
  firstWindow: number
  windows: number
  length: number
  start: number
}
