import { CorpusError } from '../errors.ts'
import type { FindBlocks, SeekableSource, Block } from '../compression/block.ts'
import type { BlockSegment, Segment } from './segment.ts'

/** How a source is cut whose bytes lie in blocks. */
export interface BlockCutOptions {
  /** Bytes of text that a segment should have. */
  readonly targetBytes: number
  /** Text that no source may have. One that says it has more is not cut: whoever reads it says what is wrong. */
  readonly mostBytes: number
  readonly findBlocks: FindBlocks
  /** Decompresses the blocks that lie in a range of the source; without an end, to the end of the source. */
  readonly decompress: (start: number, end?: number) => AsyncIterable<Uint8Array>
  /** The first place after its beginning where a text may be cut whose middle these bytes are; -1 where they show none. */
  readonly findCut: (bytes: Uint8Array) => number
}

/** How much text is looked at for a cut, more and more of it: beyond the last the next block is tried. */
const lookAheadBytes = [1 << 12, 1 << 16, 1 << 22] as const

/** Bytes of text that a stored byte counts for at most: of text that is all repetition a segment has more than its share. */
const usualRatio = 4

/** A place where a source is cut: in a text, and in the blocks around it. */
interface BlockCut {
  /** Offset in the text. */
  readonly at: number
  /** Where the block begins that holds the place, or the first of those that do, in the source and in the text. */
  readonly stored: number
  readonly plain: number
  /** Where the block ends that holds the place. */
  readonly storedEnd: number
}

/**
 * Cuts a compressed source at safe places near the beginnings of blocks. It decompresses what lies around the cuts, and blocks that do
 * not say how much text they give. Whatever is damaged lies within a segment: reading that one tells.
 */
export async function cutBlocks(
  source: SeekableSource,
  options: BlockCutOptions,
): Promise<readonly Segment[]> {
  const cuts = await findCuts(source, options)
  if (cuts === undefined || cuts.length === 0) return [{ kind: 'whole' }]
  const first: BlockCut = { at: 0, stored: 0, plain: 0, storedEnd: 0 }
  return [first, ...cuts].map((from, k): BlockSegment => {
    const to = cuts[k]
    const begin = { kind: 'blocks', start: from.at, skip: from.at - from.plain } as const
    if (to === undefined) return { ...begin, stored: { start: from.stored, end: source.byteLength } }
    const next = { after: to.plain - from.plain, bytes: to.at - to.plain, storedEnd: to.storedEnd }
    return { ...begin, end: to.at, stored: { start: from.stored, end: to.stored }, next }
  })
}

async function findCuts(
  source: SeekableSource,
  options: BlockCutOptions,
): Promise<readonly BlockCut[] | undefined> {
  const { targetBytes, mostBytes } = options
  const cuts: BlockCut[] = []
  /** A cut whose last block is still to come. */
  let open: BlockCut | undefined
  let last = { stored: 0, plain: 0 }
  let plain = 0
  for await (const block of options.findBlocks(source)) {
    const { start, end } = block
    const isDue = plain - last.plain >= targetBytes && (start - last.stored) * usualRatio >= targetBytes
    if (open === undefined && isDue) {
      last = { stored: start, plain }
      const cut = await cutAfter(start, options)
      if (cut !== -1) open = { at: plain + cut, stored: start, plain, storedEnd: source.byteLength }
    }
    if (end === source.byteLength) {
      // How much the last block gives need not be known: the text is cut somewhere in it, or before.
      if (open !== undefined) cuts.push(open)
      return cuts
    }
    const plainBytes = block.plainBytes ?? (await countText(block, mostBytes - plain, options))
    if (plainBytes === undefined) return cuts
    plain += plainBytes
    if (plain > mostBytes) return undefined
    if (open !== undefined && plain >= open.at) {
      cuts.push({ ...open, storedEnd: end })
      open = undefined
    }
  }
  return cuts
}

/** The first cut in the text that begins with the block at `start`, counted from there; -1 if there is none near. */
async function cutAfter(
  start: number,
  { decompress, findCut }: Pick<BlockCutOptions, 'decompress' | 'findCut'>,
): Promise<number> {
  const pieces: Uint8Array[] = []
  let byteLength = 0
  let tried = 0
  const tryCut = (): number => {
    const bytes = Buffer.concat(pieces, byteLength)
    const cut = findCut(bytes)
    // A cut at the end may be the end of the text.
    return cut > 0 && cut < bytes.length ? cut : -1
  }
  try {
    for await (const piece of decompress(start)) {
      pieces.push(new Uint8Array(piece))
      byteLength += piece.length
      if (byteLength < lookAheadBytes[tried]!) continue
      const cut = tryCut()
      tried++
      if (cut !== -1 || tried === lookAheadBytes.length) return cut
    }
  } catch (error) {
    // Whoever reads the segment that holds it says what is wrong.
    if (isOfContent(error)) return -1
    throw error
  }
  return tryCut()
}

/** How much text a block gives that does not say it, or more than `most`; undefined where it cannot be decompressed. */
async function countText(
  { start, end }: Block,
  most: number,
  { decompress }: Pick<BlockCutOptions, 'decompress'>,
): Promise<number | undefined> {
  let byteLength = 0
  try {
    for await (const piece of decompress(start, end)) {
      byteLength += piece.length
      if (byteLength > most) break
    }
    return byteLength
  } catch (error) {
    if (isOfContent(error)) return undefined
    throw error
  }
}

function isOfContent(error: unknown): boolean {
  return error instanceof CorpusError && error.blame === 'input'
}
