import { createHash } from 'node:crypto'
import type { Encoding } from '@sluice/tokenizer'
import { Generator, randperm } from '@sluice/torch-random'
import type { RunConfig, SplitName } from '../src/index.ts'

/** A row of a dataset, as plain numbers. */
export interface SlowWindow {
  readonly window: number
  readonly inputIds: readonly number[]
  readonly targetIds: readonly number[]
  readonly source: number
  readonly byteStart: number
  readonly byteEnd: number
  readonly document?: number
  readonly documentIds?: readonly number[]
  readonly boundaries?: readonly number[]
  readonly positionIds?: readonly number[]
  readonly pieces?: readonly SlowPiece[]
}

/** A piece of a packed row, as plain numbers. */
export interface SlowPiece {
  readonly lengths: number
  readonly documents: number
  readonly firstTokens: number
  readonly sources: number
  readonly byteStarts: number
  readonly byteEnds: number
}

/** One source: a .txt is one document, each line of a .jsonl or record of a .csv is one. */
export type SlowSource =
  { readonly txt: string } | { readonly jsonl: readonly string[] } | { readonly csv: readonly string[] }

/** The options that decide about windows. */
export type SlowOptions = Pick<
  RunConfig,
  | 'maxLength'
  | 'stride'
  | 'separator'
  | 'boundary'
  | 'tail'
  | 'documents'
  | 'positions'
  | 'packing'
  | 'shuffle'
  | 'bosId'
  | 'specialTokens'
>

/** A whole dataset. */
export interface SlowRun {
  readonly windows: readonly SlowWindow[]
  /** Documents that begin in the windows. */
  readonly documents: number
  readonly tailTokens: number
  readonly shortDocuments: number
}

interface PlacedId {
  readonly id: number
  readonly source: number
  readonly start: number
  readonly end: number
  readonly document: number
}

interface Document {
  readonly text: string
  readonly source: number
  readonly start: number
  /** Undefined where positions are bytes of the text. */
  readonly end?: number
}

/** The offset in the source of each offset in the text, where {@link contentOf} wrote U+FFFD, three bytes, as one. */
function sourceOffsets(text: string): number[] {
  const offsets: number[] = []
  let at = 0
  for (const character of text) {
    const { length } = Buffer.from(character)
    for (let byte = 0; byte < length; byte++)
      offsets.push(at + (character === '\ufffd' ? Math.min(byte, 1) : byte))
    at += character === '\ufffd' ? 1 : length
  }
  return [...offsets, at]
}

/**
 * Computes what a dataset must hold the obvious way: everything at once, in memory, one array after the other.
 *
 * @param keeps - says which documents the dataset is of
 */
export function slowRun(
  sources: readonly SlowSource[],
  encoding: Encoding,
  options: SlowOptions,
  keeps: (text: string) => boolean = () => true,
): SlowRun {
  const { separator, boundary } = options
  const texts: PlacedId[][] = []
  const stream: PlacedId[] = []
  const firstIds: number[] = []
  for (const [document, { text, source, start, end }] of documentsOf(sources, keeps).entries()) {
    if (separator === 'between' && document > 0)
      stream.push({ id: encoding.endOfTextId, source, start, end: start, document })
    firstIds.push(stream.length)
    const { before, after } = frameOf(encoding, options)
    const ids: PlacedId[] = before.map((id) => ({ id, source, start, end: end ?? start, document }))
    const offsets = sourceOffsets(text)
    let byte = 0
    for (const id of encoding.encode(text, { allowedSpecial: ['<|endoftext|>'], addSpecialTokens: false })) {
      const next = byte + encoding.decodeBytes([id]).length
      ids.push({
        id,
        source,
        start: end === undefined ? offsets[byte]! : start,
        end: end ?? offsets[next]!,
        document,
      })
      byte = next
    }
    const border = end ?? offsets.at(-1)!
    const last = end === undefined ? border : start
    ids.push(...after.map((id) => ({ id, source, start: last, end: border, document })))
    if (separator === 'after')
      ids.push({ id: encoding.endOfTextId, source, start: border, end: border, document })
    stream.push(...ids)
    texts.push(ids)
  }
  const cuts = (boundary === 'cross' ? [stream] : texts).map((text) => cutText(text, encoding, options))
  const windows =
    options.packing === 'none'
      ? cuts.flatMap((cut) => cut.windows)
      : packTexts(texts, options.maxLength).map((chunks) => rowOf(chunks, encoding, options))
  const order = options.shuffle && randperm(windows.length, new Generator(BigInt(options.shuffle.seed)))
  return {
    windows: windows.map((_, row) => {
      const window = order?.[row] ?? row
      return { window, ...windows[window]! }
    }),
    documents:
      boundary === 'cross'
        ? firstIds.filter((first) => first < reachOf(windows.length, options)).length
        : cuts.filter((cut) => cut.windows.length > 0).length,
    tailTokens: cuts.reduce((sum, { tail }) => sum + tail, 0),
    shortDocuments: boundary === 'cross' ? 0 : cuts.filter((cut) => cut.windows.length === 0).length,
  }
}

/** The ids around a text that the options ask for. */
function frameOf({ template }: Encoding, { bosId, specialTokens }: SlowOptions): Encoding['template'] {
  return specialTokens === 'model' ? template : { before: bosId === null ? [] : [Number(bosId)], after: [] }
}

/** Ids from the stream's first to the end of the last window, or of its stride. */
function reachOf(windows: number, { stride, maxLength }: SlowOptions): number {
  return windows === 0 ? 0 : (windows - 1) * stride + Math.max(stride, maxLength + 1)
}

/**
 * The bytes of a source. U+FFFD is written as a byte that is not UTF-8: a run with `invalid: replace` reads it as what
 * it was.
 */
export function contentOf(source: SlowSource): Uint8Array {
  if ('txt' in source) return bytesOf(source.txt)
  const { header, lines } = linesOf(source)
  return Buffer.concat([Buffer.from(header), ...lines.flatMap((line) => [bytesOf(line), Buffer.from('\n')])])
}

function bytesOf(line: string): Uint8Array {
  const pieces = line.split('\ufffd').map((piece) => Buffer.from(piece))
  return Buffer.concat(pieces.flatMap((piece, index) => (index === 0 ? [piece] : [Buffer.of(0xff), piece])))
}

/** Whether a split puts a document in one of its datasets. */
export function isInSplit(
  text: string,
  { validation, seed }: NonNullable<RunConfig['split']>,
  name: SplitName,
): boolean {
  const head = Buffer.from(text).subarray(0, 4096)
  const digest = createHash('sha256').update(`${seed}:`).update(head).digest('hex')
  const heldOut = Number.parseInt(digest.slice(0, 12), 16) / 2 ** 48 < validation
  return heldOut === (name === 'validation')
}

function linesOf(source: Exclude<SlowSource, { readonly txt: string }>): {
  readonly header: string
  readonly lines: readonly string[]
} {
  if ('jsonl' in source) return { header: '', lines: source.jsonl.map((text) => JSON.stringify({ text })) }
  return { header: 'text\n', lines: source.csv.map((text) => `"${text.replaceAll('"', '""')}"`) }
}

function documentsOf(sources: readonly SlowSource[], keeps: (text: string) => boolean): Document[] {
  return sources
    .flatMap((entry, source): Document[] => {
      if ('txt' in entry) return [{ text: entry.txt, source, start: 0 }]
      const { header, lines } = linesOf(entry)
      let at = header.length
      return ('jsonl' in entry ? entry.jsonl : entry.csv).map((text, index) => {
        const start = at
        const end = start + bytesOf(lines[index]!).length
        at = end + 1
        return { text, source, start, end }
      })
    })
    .filter(({ text }) => text !== '' && keeps(text))
}

function cutText(
  text: readonly PlacedId[],
  encoding: Encoding,
  options: SlowOptions,
): { readonly windows: readonly Omit<SlowWindow, 'window'>[]; readonly tail: number } {
  const { maxLength, stride, tail } = options
  const starts: number[] = []
  const targets = new Set<number>()
  let at = 0
  const take = (): void => {
    starts.push(at)
    for (let target = at + 1; target <= at + maxLength && target < text.length; target++) targets.add(target)
    at += stride
  }
  while (at < text.length - maxLength) take()
  const missed = text.some(
    (_, target) => target > at && !targets.has(target) && target > Math.max(0, ...targets),
  )
  if (tail === 'pad' && missed) take()
  const windows = starts.map((first) => {
    const inputs = text.slice(first, first + maxLength)
    return rowOf(
      [{ first, inputs, targets: text.slice(first + 1, first + maxLength + 1) }],
      encoding,
      options,
    )
  })
  const tailTokens = starts.length === 0 ? text.length : text.length - 1 - Math.max(...targets)
  return { windows, tail: tailTokens }
}

/** Consecutive ids of one text in a row. */
interface Chunk {
  /** Index of the first input in its text. */
  readonly first: number
  readonly inputs: readonly PlacedId[]
  readonly targets: readonly PlacedId[]
}

function rowOf(
  chunks: readonly Chunk[],
  encoding: Encoding,
  { maxLength, documents, positions, packing }: SlowOptions,
): Omit<SlowWindow, 'window'> {
  const ids = chunks.flatMap(({ inputs }) => inputs)
  const targets = chunks.flatMap((chunk) => chunk.inputs.map((_, index) => chunk.targets[index]?.id ?? -100))
  const { source, start, document } = ids[0]!
  const fill = (values: readonly number[], filler: number): number[] =>
    Array.from({ length: maxLength }, (_, index) => values[index] ?? filler)
  const documentOf = fill(
    ids.map((placed) => placed.document),
    -1,
  )
  const begins = documentOf.flatMap((number, index) => (number === documentOf[index - 1] ? [] : [index]))
  return {
    inputIds: fill(
      ids.map(({ id }) => id),
      encoding.endOfTextId,
    ),
    targetIds: fill(targets, -100),
    source,
    byteStart: start,
    byteEnd: ids.filter((placed) => placed.source === source).at(-1)!.end,
    ...(documents !== 'none' && { document }),
    ...(documents === 'ids' && {
      documentIds: documentOf.map((_, index) => begins.findLastIndex((begin) => begin <= index)),
    }),
    ...(documents === 'boundaries' && { boundaries: [...begins, maxLength] }),
    ...(packing !== 'none' && { pieces: piecesOf(chunks, maxLength - ids.length) }),
    ...(positions === 'restart' && {
      positionIds: documentOf.map((_, index) => index - begins.findLast((begin) => begin <= index)!),
    }),
  }
}

/** Where the pieces of a packed row are from, the filling included. */
function piecesOf(chunks: readonly Chunk[], filling: number): SlowPiece[] {
  const pieces = chunks.map(({ first, inputs }) => ({
    lengths: inputs.length,
    documents: inputs[0]!.document,
    firstTokens: first,
    sources: inputs[0]!.source,
    byteStarts: inputs[0]!.start,
    byteEnds: inputs.at(-1)!.end,
  }))
  if (filling === 0) return pieces
  const none = { documents: -1, firstTokens: 0, sources: -1, byteStarts: 0, byteEnds: 0 }
  return [...pieces, { lengths: filling, ...none }]
}

/** Best fit without a bound on the open windows, which few documents do not reach. */
function packTexts(texts: readonly (readonly PlacedId[])[], maxLength: number): Chunk[][] {
  const closed: Chunk[][] = []
  let open: Chunk[][] = []
  const room = (bin: readonly Chunk[]): number =>
    maxLength - bin.reduce((sum, { inputs }) => sum + inputs.length, 0)
  for (const text of texts) {
    for (let at = 0; at < text.length - 1; at += maxLength) {
      const end = Math.min(at + maxLength, text.length - 1)
      const chunk = { first: at, inputs: text.slice(at, end), targets: text.slice(at + 1, end + 1) }
      const rooms = open.map(room).filter((free) => free >= chunk.inputs.length)
      const best = open.find((bin) => room(bin) === Math.min(...rooms))
      if (best === undefined) open.push([chunk])
      else best.push(chunk)
      closed.push(...open.filter((bin) => room(bin) === 0))
      open = open.filter((bin) => room(bin) > 0)
    }
  }
  return [...closed, ...open]
}
