import type { DocumentEvent, DocumentStream } from '../documents/document-event.ts'
import type { ProblemDesk } from '../documents/problem-desk.ts'
import { replacementCharacter, Utf8Gate } from '../utf8/utf8-gate.ts'

/** Which part of the one document of a .txt a stream of bytes holds. */
export interface TxtPart {
  /** Offset of the first byte in the source. */
  readonly position: number
  readonly continued: boolean
  readonly continues: boolean
}

/**
 * A .txt is one document. Its bytes are its text: a byte order mark stays (U+FEFF) and so does CR LF, as for Python's
 * `open(path, encoding='utf-8', newline='')`.
 */
export async function* readTxt(
  chunks: AsyncIterable<Uint8Array>,
  part: TxtPart,
  desk: ProblemDesk,
): DocumentStream {
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
  for await (const chunk of chunks) {
    if (position === part.position) batch.push({ kind: 'start', position, continued: part.continued })
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
