import { begins } from '../../bytes/begins.ts'
import type { ByteSource } from '../../bytes/byte-source.ts'
import { CorpusError } from '../../errors.ts'
import type { DocumentStream } from '../../documents/document-event.ts'
import type { CuttableSource, CutOptions, FormatRecord, SegmentInput } from '../format.ts'
import type { Segment } from '../../cut/segment.ts'
import { segmentBytes } from '../segment-bytes.ts'
import { cutIds } from './cut-ids.ts'
import type { IdLayout } from './id-layout.ts'
import { idsOf } from './needs-ids.ts'
import { headerEnd, npyHeadBytes, npyMark, readNpyHeader } from './npy-header.ts'
import { readIds } from './read-ids.ts'

/** Bytes in which nearly every header ends; a longer one is read again as a whole. */
const usualHeadBytes = 256

/** The layout of a source with random access, by its header. */
async function layoutOf(source: ByteSource, byteLength: number): Promise<IdLayout> {
  const usual = await source.read(0, Math.min(usualHeadBytes, byteLength))
  if (headerEnd(usual) <= usual.length) return readNpyHeader(usual, byteLength, source.name)
  return readNpyHeader(await source.read(0, Math.min(npyHeadBytes, byteLength)), byteLength, source.name)
}

async function plan(source: CuttableSource, options: CutOptions): Promise<readonly Segment[]> {
  return cutIds(source, await layoutOf(source, source.byteLength), options)
}

/** Reads the ids of an array: each row of a matrix is a document; a vector is one, or several that an id ends. */
async function* read(input: SegmentInput): DocumentStream {
  const { source, compression, segment, options, desk } = input
  const ids = idsOf(input)
  const { chunks, position, continues } = segmentBytes(input)
  if (segment.kind === 'bytes' && position > 0) {
    const layout = await layoutOf(source, source.byteLength ?? 0)
    yield* readIds({ chunks, position, continues, layout, ids, keep: options.keep, desk })
    return
  }
  const total = compression === 'none' ? source.byteLength : undefined
  const { head, rest } = await takeHead(chunks)
  const layout = readNpyHeader(head, total, source.name)
  const data = wholeData(
    rest,
    head.subarray(layout.start),
    layout,
    total === undefined ? source.name : undefined,
  )
  yield* readIds({ chunks: data, position: layout.start, continues, layout, ids, keep: options.keep, desk })
}

/** The first bytes of a stream, as many as a header may have, and a stream of what follows. */
async function takeHead(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: Uint8Array; readonly rest: AsyncIterator<Uint8Array> }> {
  const rest = chunks[Symbol.asyncIterator]()
  const held: Uint8Array[] = []
  let length = 0
  while (length < npyHeadBytes) {
    const next = await rest.next()
    if (next.done === true) break
    held.push(new Uint8Array(next.value))
    length += next.value.length
  }
  return { head: Buffer.concat(held), rest }
}

/**
 * The ids' bytes.
 *
 * @param counted the source's name where its length was not known before: it is checked at the end
 */
async function* wholeData(
  rest: AsyncIterator<Uint8Array>,
  first: Uint8Array,
  { start, end }: IdLayout,
  counted: string | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let length = start + first.length
  try {
    if (first.length > 0) yield first
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      length += next.value.length
      yield next.value
    }
  } finally {
    await rest.return?.()
  }
  if (counted !== undefined && length !== end) {
    const message = `has ${length - start} bytes after its header, which says ${(end ?? 0) - start}`
    throw new CorpusError('broken-file', message, { source: counted })
  }
}

/** A NumPy array of ids. */
export const npy: FormatRecord = {
  extensions: ['npy'],
  holds: 'ids',
  magic: (head) => begins(head, npyMark),
  plan,
  read,
}
