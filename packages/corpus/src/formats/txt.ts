import type { DocumentEvent, DocumentStream } from '../documents/document-event.ts'
import type { ProblemDesk } from '../documents/problem-desk.ts'
import { cutText, firstSafeCut } from '../cut/cut-text.ts'
import { byteSegments } from '../cut/byte-segments.ts'
import type { Segment } from '../cut/segment.ts'
import { replacementCharacter, Utf8Gate } from '../utf8/utf8-gate.ts'
import type { CuttableSource, CutOptions, FormatRecord, SegmentInput } from './format.ts'
import { segmentBytes } from './segment-bytes.ts'

/** Cuts a text where the caller proves that it may be cut. */
async function plan(
  source: CuttableSource,
  { targetBytes, findSafeCut }: CutOptions,
): Promise<readonly Segment[]> {
  if (findSafeCut === undefined) return [{ kind: 'whole' }]
  const cuts = await cutText(source, source.byteLength, targetBytes, findSafeCut)
  return byteSegments(cuts, source.byteLength)
}

function findCut(bytes: Uint8Array, { findSafeCut }: Pick<CutOptions, 'findSafeCut'>): number {
  return findSafeCut === undefined ? -1 : firstSafeCut(bytes, findSafeCut)
}

/**
 * Reads a .txt as one document. Its bytes are its text: a byte order mark stays (U+FEFF) and so does CR LF, as for Python's
 * `open(path, encoding='utf-8', newline='')`.
 */
async function* read(input: SegmentInput): DocumentStream {
  const { desk, options } = input
  const part = segmentBytes(input)
  const kept = options.keep.length === 0 ? {} : { kept: options.keep.map(() => null) }
  const substitute = desk.policy('invalid-utf8') === 'replace' ? replacementCharacter : new Uint8Array(0)
  let batch: DocumentEvent[] = []
  const gate = new Utf8Gate(
    substitute,
    (at, byteLength) => {
      reportInvalid(desk, at, byteLength)
      batch.push({ kind: 'repair', position: at, byteLength, textLength: substitute.length })
    },
    part.position,
  )
  let position = part.position
  const add = (pieces: readonly Uint8Array[]): void => {
    for (const bytes of pieces) batch.push({ kind: 'bytes', bytes })
  }
  for await (const chunk of part.chunks) {
    if (position === part.position) batch.push({ kind: 'start', position, continued: position > 0, ...kept })
    position += chunk.length
    add(gate.push(chunk))
    if (batch.length > 0) yield batch
    batch = []
  }
  if (position === part.position) {
    desk.reportSkipped('empty-document', position, 'the file is empty')
    return
  }
  add(gate.end())
  batch.push({ kind: 'end', position, continues: part.continues })
  yield batch
}

function reportInvalid(desk: ProblemDesk, at: number, byteLength: number): void {
  const bytes = byteLength === 1 ? 'a byte that is' : `${byteLength} bytes that are`
  desk.report('invalid-utf8', at, `${bytes} not UTF-8`)
}

/** Plain text. */
export const txt: FormatRecord = { extensions: ['txt', 'text', 'md'], plan, findCut, read }
