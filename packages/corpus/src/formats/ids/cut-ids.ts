import { byteSegments } from '../../cut/byte-segments.ts'
import type { ByteSegment } from '../../cut/segment.ts'
import type { CuttableSource, CutOptions } from '../format.ts'
import type { IdLayout } from './id-layout.ts'
import { idReader } from './id-width.ts'

/** Bytes that are looked through at a time for the end of a document. */
const searchedBytes = 1 << 16

/** Cuts ids between rows; between any two where all are one document; after the id that ends documents where there is one. */
export async function cutIds(
  source: CuttableSource,
  layout: IdLayout,
  { targetBytes, endId }: Pick<CutOptions, 'targetBytes' | 'endId'>,
): Promise<readonly ByteSegment[]> {
  const { start, bytes, rowLength } = layout
  const end = layout.end ?? source.byteLength
  const unit = rowLength === undefined ? bytes : rowLength * bytes
  const cuts: number[] = []
  for (let last = start; end - last > targetBytes;) {
    const goal = last + Math.max(1, Math.round(targetBytes / unit)) * unit
    const cut =
      endId === undefined || rowLength !== undefined ? goal : await afterEnd(source, layout, goal, end, endId)
    if (cut >= end) break
    cuts.push(cut)
    last = cut
  }
  // The first segment begins with the header: its ids say what the others' are.
  return byteSegments(cuts, source.byteLength)
}

/** The place after the first end of a document at or after `from`; `end` where there is none. */
async function afterEnd(
  source: CuttableSource,
  layout: IdLayout,
  from: number,
  end: number,
  endId: number,
): Promise<number> {
  const idAt = idReader(layout)
  for (let at = from; at < end; at += searchedBytes) {
    const block = await source.read(at, Math.min(at + searchedBytes, end))
    const view = new DataView(block.buffer, block.byteOffset, block.length)
    for (let place = 0; place + layout.bytes <= block.length; place += layout.bytes)
      if (idAt(view, place) === endId) return at + place + layout.bytes
  }
  return end
}
