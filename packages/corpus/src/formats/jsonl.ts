import { isUtf8 } from 'node:buffer'
import type { DocumentEvent, DocumentStream, KeptValues } from '../documents/document-event.ts'
import type { ProblemDesk } from '../documents/problem-desk.ts'
import type { ResolvedReadOptions } from '../documents/read-options.ts'
import { firstInvalid } from '../utf8/first-invalid.ts'
import type { IdOptions } from '../ids/id-options.ts'
import { checkKept, idsOfRow } from '../documents/rows.ts'
import { byteSegments } from '../cut/byte-segments.ts'
import { cutLines } from '../cut/cut-lines.ts'
import type { Segment } from '../cut/segment.ts'
import type { CuttableSource, CutOptions, FormatRecord, SegmentInput } from './format.ts'
import { segmentBytes } from './segment-bytes.ts'
import { compileField, type FieldReader } from './json-field.ts'
import { withoutByteOrderMark } from './byte-order-mark.ts'
import { splitLines, type Line } from './lines.ts'

/** Cuts at line feeds. */
async function plan(source: CuttableSource, { targetBytes }: CutOptions): Promise<readonly Segment[]> {
  return byteSegments(await cutLines(source, source.byteLength, targetBytes), source.byteLength)
}

/**
 * Reads JSON Lines: each line that is not blank is a JSON object, its text in one field. A byte order mark at the
 * beginning of a line is passed over: it stands before the first one, and where files were joined. Lines are parsed by
 * `JSON.parse`, so of a repeated key the last one counts, and `NaN` (which Python writes) is broken JSON.
 */
async function* read(input: SegmentInput): DocumentStream {
  const { options, desk } = input
  const { chunks, position } = segmentBytes(input)
  const reader = new LineReader(options, desk)
  for await (const lines of splitLines(chunks, position, options.maxLineBytes, isUtf8)) {
    const batch: DocumentEvent[] = []
    for (const line of lines) reader.add(line, batch)
    if (batch.length > 0) yield batch
  }
}

/** Makes documents of lines. */
class LineReader {
  readonly #options: ResolvedReadOptions
  readonly #desk: ProblemDesk
  readonly #text: FieldReader
  readonly #kept: readonly FieldReader[]

  constructor(options: ResolvedReadOptions, desk: ProblemDesk) {
    this.#options = options
    this.#desk = desk
    this.#text = compileField(options.field)
    this.#kept = options.keep.map(compileField)
  }

  add(line: Line, batch: DocumentEvent[]): void {
    const { position } = line
    const value = this.#parse(line)
    if (value === undefined) return
    const content = this.#contentOf(value, position)
    if (content === undefined) return
    if (this.#kept.length === 0) batch.push({ kind: 'start', position, continued: false })
    else {
      const kept = this.#keptOf(value, line)
      if (kept === undefined) return
      batch.push({ kind: 'start', position, continued: false, kept })
    }
    batch.push(content, { kind: 'end', position: position + line.bytes.length, continues: false })
  }

  /** The value of a line; `undefined` for a blank line and for one that was reported. */
  #parse(line: Line): unknown {
    const desk = this.#desk
    const { position } = line
    if (line.tooLong) {
      const what = `a line is longer than ${this.#options.maxLineBytes} bytes`
      desk.reportSkipped('line-too-long', position, what)
      return undefined
    }
    const bytes = withoutByteOrderMark(line.bytes)
    if (isBlank(bytes)) return undefined
    if (!line.cleanUtf8 && !isUtf8(bytes)) {
      const at = position + firstInvalid(line.bytes)
      desk.report('invalid-utf8', at, 'a line has bytes that are not UTF-8')
      if (desk.policy('invalid-utf8') === 'skip') return undefined
    }
    try {
      // JSON has no `undefined`.
      return JSON.parse(decode(bytes))
    } catch (error) {
      const why = error instanceof Error ? error.message : ''
      const advice = isOpening(bytes) ? '; if a value takes several lines, make it one: jq -c . FILE' : ''
      desk.reportSkipped('broken-json', position, `a line is not JSON: ${why}${advice}`)
      return undefined
    }
  }

  /** The kept values of a line; `undefined` for a line that was reported. */
  #keptOf(value: unknown, line: Line): KeptValues | undefined {
    const desk = this.#desk
    const { position } = line
    let values = this.#kept.map((field) => field(value))
    if (values.some(mayHaveLostDigits)) {
      const exact = parseKeepingDigits(decode(withoutByteOrderMark(line.bytes)))
      values = this.#kept.map((field) => field(exact))
    }
    const kept = values.map(plainText)
    if (kept.some((text) => text?.isWellFormed() === false)) {
      const what = 'a kept value of a line has half of a surrogate pair (\\ud800 to \\udfff)'
      desk.report('lone-surrogate', position, what)
      if (desk.policy('lone-surrogate') === 'skip') return undefined
    }
    const wellFormed = kept.map((text) => text?.toWellFormed() ?? null)
    checkKept(wellFormed, position, this.#options.maxKeptBytes, desk.source)
    return wellFormed
  }

  /** The text of a line, or its ids; `undefined` for a line that was reported. */
  #contentOf(value: unknown, position: number): DocumentEvent | undefined {
    const { ids } = this.#options
    if (ids !== undefined) return this.#idsOf(value, position, ids)
    const text = this.#textOf(value, position)
    return text === undefined ? undefined : { kind: 'bytes', bytes: Buffer.from(text) }
  }

  /** A line may be the list itself. */
  #idsOf(value: unknown, position: number, ids: IdOptions): DocumentEvent | undefined {
    const desk = this.#desk
    const list: unknown = Array.isArray(value) ? value : this.#text(value)
    if (!Array.isArray(list)) {
      const found = list === undefined ? 'no' : `no list of ids (${kindOf(list)}) in its`
      const what = `a line has ${found} field ${JSON.stringify(this.#options.field)}`
      desk.reportSkipped('missing-field', position, what)
      return undefined
    }
    if (list.length === 0) {
      desk.reportSkipped('empty-document', position, 'the list of ids of a line is empty')
      return undefined
    }
    return idsOfRow(list, position, ids, desk)[0]
  }

  #textOf(value: unknown, position: number): string | undefined {
    const desk = this.#desk
    const text = this.#text(value)
    if (typeof text !== 'string') {
      desk.reportSkipped('missing-field', position, missingText(value, text, this.#options.field))
      return undefined
    }
    if (text === '') {
      desk.reportSkipped('empty-document', position, 'the text of a line is empty')
      return undefined
    }
    if (!text.isWellFormed()) {
      const what = 'the text of a line has half of a surrogate pair (\\ud800 to \\udfff)'
      desk.report('lone-surrogate', position, what)
      if (desk.policy('lone-surrogate') === 'skip') return undefined
    }
    return text
  }
}

/** Says why a line has no text. */
function missingText(value: unknown, text: unknown, field: string): string {
  if (Array.isArray(value))
    return "a line is a JSON array, not an object; make its elements lines: jq -c '.[]' FILE > FILE.jsonl"
  if (typeof value !== 'object' || value === null) return `a line is ${kindOf(value)}, not a JSON object`
  const what = text === undefined ? 'has no' : `has no text (${kindOf(text)}) in its`
  return `a line ${what} field ${JSON.stringify(field)}`
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** Whether a value is, or holds, a number that may not be the one that is written: integers beyond 2^53, and 1e999. */
function mayHaveLostDigits(value: unknown): boolean {
  if (typeof value === 'number') return isInexact(value)
  return typeof value === 'object' && value !== null
}

function isInexact(value: number): boolean {
  return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))
}

/** `JSON.rawJSON` is JavaScript that TypeScript's library does not know yet. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => object }

/** Parses a line with the numbers that a double does not hold as the line writes them: `JSON.stringify` gives them back so. */
function parseKeepingDigits(text: string): unknown {
  const reviver = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' && isInexact(value) && context?.source !== undefined
      ? rawJSON(context.source)
      : value
  return JSON.parse(text, reviver)
}

/** A kept value as text. */
function plainText(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Whether a line may be the beginning of a value over several lines. */
function isOpening(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b || bytes[0] === 0x5b
}

/** Ill-formed sequences become U+FFFD, as `TextDecoder` does it. */
function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

function isBlank(bytes: Uint8Array): boolean {
  // Nearly every line is an object.
  if (bytes[0] === 0x7b) return false
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}

/** Cuts after the first line feed: what lies before it is the end of a line. */
function findCut(bytes: Uint8Array): number {
  const lineFeed = bytes.indexOf(0x0a)
  return lineFeed === -1 ? -1 : lineFeed + 1
}

/** JSON Lines. */
export const jsonl: FormatRecord = {
  extensions: ['jsonl', 'ndjson'],
  holds: 'either',
  plan,
  findCut,
  read,
}
