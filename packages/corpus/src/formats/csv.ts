import type { CsvError, Parser } from 'csv-parse'
import { CorpusError } from '../corpus-error.ts'
import type { DocumentEvent, DocumentStream } from '../documents/document-event.ts'
import type { ProblemDesk } from '../documents/problem-desk.ts'
import type { ResolvedReadOptions } from '../documents/read-options.ts'
import { addRow } from '../documents/row-text.ts'
import { missingColumn } from './missing-column.ts'

/** Stands for a record that is not CSV among the good ones, so that both come in order. */
class BrokenRecord {
  readonly message: string
  readonly tooLong: boolean

  constructor(error: CsvError | undefined) {
    this.message = error?.message ?? 'unknown'
    this.tooLong = error?.code === 'CSV_MAX_RECORD_SIZE'
  }
}

type CsvRecord = readonly Uint8Array[] | BrokenRecord

/**
 * CSV (RFC 4180) with a header line that names the columns. Rows are numbered from 0 after the header; empty lines are
 * no rows; a row may have more or fewer fields than the header. A byte order mark before the header is passed over.
 */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array>,
  source: string,
  options: ResolvedReadOptions,
  desk: ProblemDesk,
): DocumentStream {
  let column = -1
  let row = 0
  for await (const records of parseCsv(chunks, source, options)) {
    const batch: DocumentEvent[] = []
    for (const record of records) {
      if (record instanceof BrokenRecord) {
        const reason = record.tooLong ? 'line-too-long' : 'broken-csv'
        desk.reportSkipped(reason, row++, `a row is not CSV: ${record.message}`)
      } else if (column === -1) {
        const names = record.map((name) => Buffer.from(name).toString())
        column = names.indexOf(options.field)
        if (column === -1) throw missingColumn(source, options.field, names)
      } else addRow(batch, row++, record[column], options.field, desk)
    }
    if (batch.length > 0) yield batch
  }
}

async function* parseCsv(
  chunks: AsyncIterable<Uint8Array>,
  source: string,
  options: ResolvedReadOptions,
): AsyncGenerator<readonly CsvRecord[], void, undefined> {
  const { parse } = await import('csv-parse')
  const parserOptions = {
    bom: true,
    delimiter: options.csvDelimiter ?? (/\.tsv(\.|$)/i.test(source) ? '\t' : ','),
    encoding: null,
    max_record_size: options.maxLineBytes,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    // All records of a chunk are taken out before the next chunk goes in, so nothing has to hold back.
    readableHighWaterMark: Number.MAX_SAFE_INTEGER,
  }
  const parser = parse(parserOptions)
  parser.on('skip', (error: CsvError | undefined) => parser.push(new BrokenRecord(error)))
  let failure: unknown
  parser.on('error', (error) => (failure = error))
  try {
    for await (const chunk of chunks) {
      await write(parser, chunk)
      yield take(parser)
    }
    await new Promise<void>((resolve) => parser.once('error', () => resolve()).end(resolve))
    if (failure !== undefined) throw failure
    yield take(parser)
  } catch (cause) {
    if (cause instanceof CorpusError || !(cause instanceof Error) || !('code' in cause)) throw cause
    if (!String(cause.code).startsWith('CSV_')) throw cause
    throw new CorpusError('broken-csv', cause.message, { source, cause })
  } finally {
    parser.destroy()
  }
}

function write(parser: Parser, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.write(Buffer.from(chunk), (error) => (error ? reject(error) : resolve()))
  })
}

function take(parser: Parser): CsvRecord[] {
  const records: CsvRecord[] = []
  for (let record: CsvRecord | null = parser.read(); record !== null; record = parser.read())
    records.push(record)
  return records
}
