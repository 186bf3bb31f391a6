import { isUtf8 } from 'node:buffer'
import type { DocumentEvent, DocumentStream } from '../documents/document-event.ts'
import type { ProblemDesk } from '../documents/problem-desk.ts'
import type { ResolvedReadOptions } from '../documents/read-options.ts'
import { firstInvalid } from '../utf8/first-invalid.ts'
import { compileField, type FieldReader } from './json-field.ts'
import { withoutByteOrderMark } from './byte-order-mark.ts'
import { splitLines, type Line } from './lines.ts'

/**
 * JSON Lines: each line that is not blank is a JSON object, its text in one field. A byte order mark before the first
 * line is passed over. Lines are parsed by `JSON.parse`, so of a repeated key the last one counts, and `NaN` (which
 * Python writes) is broken JSON.
 *
 * @param position offset of the first byte, which begins a line
 */
export async function* readJsonl(
  chunks: AsyncIterable<Uint8Array>,
  position: number,
  options: ResolvedReadOptions,
  desk: ProblemDesk,
): DocumentStream {
  const field = compileField(options.field)
  for await (const lines of splitLines(chunks, position, options.maxLineBytes, isUtf8)) {
    const batch: DocumentEvent[] = []
    for (const line of lines) {
      const text = textOfLine(line, field, options, desk)
      if (text === undefined) continue
      batch.push({ kind: 'start', position: line.position, continued: false })
      batch.push({ kind: 'bytes', bytes: Buffer.from(text) })
      batch.push({ kind: 'end', position: line.position + line.bytes.length, continues: false })
    }
    if (batch.length > 0) yield batch
  }
}

function textOfLine(
  line: Line,
  field: FieldReader,
  options: ResolvedReadOptions,
  desk: ProblemDesk,
): string | undefined {
  const { position } = line
  if (line.tooLong) {
    desk.reportSkipped('line-too-long', position, `a line is longer than ${options.maxLineBytes} bytes`)
    return undefined
  }
  const bytes = position === 0 ? withoutByteOrderMark(line.bytes) : line.bytes
  if (isBlank(bytes)) return undefined
  if (!line.cleanUtf8 && !isUtf8(bytes)) {
    desk.report('invalid-utf8', position + firstInvalid(line.bytes), 'a line has bytes that are not UTF-8')
    if (desk.policy('invalid-utf8') === 'skip') return undefined
  }
  let value: unknown
  try {
    value = JSON.parse(decode(bytes))
  } catch (error) {
    desk.reportSkipped(
      'broken-json',
      position,
      `a line is not JSON: ${error instanceof Error ? error.message : ''}`,
    )
    return undefined
  }
  const text = field(value)
  if (typeof text !== 'string') {
    const what =
      text === undefined ? 'has no' : `has no text (${text === null ? 'null' : typeof text}) in its`
    desk.reportSkipped('missing-field', position, `a line ${what} field ${JSON.stringify(options.field)}`)
    return undefined
  }
  if (text === '') {
    desk.reportSkipped('empty-document', position, 'the text of a line is empty')
    return undefined
  }
  if (!text.isWellFormed()) {
    desk.report(
      'lone-surrogate',
      position,
      'the text of a line has half of a surrogate pair (\\ud800 to \\udfff)',
    )
    if (desk.policy('lone-surrogate') === 'skip') return undefined
  }
  return text
}

/** Ill-formed sequences become U+FFFD, as `TextDecoder` does it. */
function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}
