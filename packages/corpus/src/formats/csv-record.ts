const quote = 0x22
const carriageReturn = 0x0d

/** How a record stands at the end of a line: complete, within quotes, or not CSV. */
export type CsvState = 'closed' | 'open' | 'broken'

/**
 * Follows the quotes of one line (RFC 4180). As Python's `csv` with `strict=True`: a quote within an unquoted field is
 * text, anything but a delimiter after a closing quote is a fault.
 *
 * @param line without its line feed
 * @param open the line begins within quotes
 */
export function scanCsvLine(line: Uint8Array, open: boolean, delimiter: number): CsvState {
  let at = 0
  let quoted = open
  for (;;) {
    if (quoted) {
      const closing = line.indexOf(quote, at)
      if (closing === -1) return 'open'
      at = closing + 1
      if (line[at] === quote) {
        at++
        continue
      }
      if (at === line.length || (at === line.length - 1 && line[at] === carriageReturn)) return 'closed'
      if (line[at] !== delimiter) return 'broken'
      at++
    }
    quoted = line[at] === quote
    if (quoted) at++
    else {
      const next = line.indexOf(delimiter, at)
      if (next === -1) return 'closed'
      at = next + 1
    }
  }
}

/** The fields of a record that {@link scanCsvLine} found closed, as bytes: of the record itself where possible. */
export function csvFields(record: Uint8Array, delimiter: number): Uint8Array[] {
  const end = record.at(-1) === carriageReturn ? record.length - 1 : record.length
  const fields: Uint8Array[] = []
  for (let at = 0; at <= end;) {
    const start = at
    if (record[at] === quote && at < end) {
      let escapes = 0
      at = record.indexOf(quote, at + 1)
      while (record[at + 1] === quote) {
        escapes++
        at = record.indexOf(quote, at + 2)
      }
      const field = record.subarray(start + 1, at)
      fields.push(escapes === 0 ? field : unescape(field, escapes))
      at++
    } else {
      const next = record.indexOf(delimiter, at)
      at = next === -1 ? end : Math.min(next, end)
      fields.push(record.subarray(start, at))
    }
    if (at >= end) break
    at++
  }
  return fields
}

function unescape(field: Uint8Array, escapes: number): Uint8Array {
  const plain = new Uint8Array(field.length - escapes)
  let filled = 0
  for (let at = 0; at < field.length;) {
    const next = field.indexOf(quote, at)
    const end = next === -1 ? field.length : next + 1
    plain.set(field.subarray(at, end), filled)
    filled += end - at
    at = next === -1 ? end : next + 2
  }
  return plain
}
