import { tableFromIPC } from 'apache-arrow'
import { seededRandom } from '@sluice/testing'
import { expect, test } from 'vitest'
import { decodeListFile, encodeListFile } from '../../src/lists/list-file.ts'
import type { ListColumn, ListRow } from '../../src/lists/list-kind.ts'
import { textOfStored } from '../../src/lists/stored-text.ts'

const columns: readonly ListColumn[] = [
  { name: 'byte_length', field: 'byteLength', type: 'whole' },
  { name: 'sha256', field: 'sha256', type: 'sha256' },
  { name: 'name', field: 'name', type: 'text' },
  { name: 'format', field: 'format', type: 'text' },
]
const names = ['', 'a.txt', 'naïve/日本語 🙂.jsonl', '\ufeffbom', 'x'.repeat(300)]
const rowsOf = (count: number): readonly ListRow[] =>
  Array.from({ length: count }, (_, row) => ({
    byteLength: row === 0 ? Number.MAX_SAFE_INTEGER : row * 3,
    sha256: (row * 7919).toString(16).padStart(64, '0'),
    name: names[row % names.length]!,
    format: row % 2 === 0 ? 'txt' : '',
  }))

test.each([1, 2, 63, 64, 1000])('%i rows are read as they were written, by us and by Arrow', (count) => {
  const rows = rowsOf(count)
  const bytes = encodeListFile(columns, rows)
  expect(encodeListFile(columns, rows)).toEqual(bytes)
  const decoded = decodeListFile(bytes, columns, count)
  expect(Array.from({ length: count }, (_, row) => decoded.at(row))).toEqual(rows)
  const table = tableFromIPC(bytes)
  expect(table.numRows).toBe(count)
  const arrow = Array.from({ length: count }, (_, row) => ({
    byteLength: Number(table.getChild('byte_length')!.get(row) as bigint),
    sha256: Buffer.from(table.getChild('sha256')!.get(row) as Uint8Array).toString('hex'),
    name: table.getChild('name')!.get(row) as string,
    format: table.getChild('format')!.get(row) as string,
  }))
  // Arrow's decoder drops a byte order mark at the beginning of a text.
  expect(arrow).toEqual(rows.map((row) => ({ ...row, name: String(row['name']).replace(/^\ufeff/, '') })))
})

test('a text that is not well-formed comes back as it was, and Arrow reads the file', () => {
  const odd = ['\udcff.txt', 'a\udc80"\\\n\ud83d', '\0', '\0\udcff', '\\udcff', 'plain']
  const rows = odd.map((name, row) => ({ ...rowsOf(row + 1)[row]!, name }))
  const bytes = encodeListFile(columns, rows)
  const decoded = decodeListFile(bytes, columns, rows.length)
  expect(odd.map((_, row) => decoded.at(row))).toEqual(rows)
  const stored = Array.from(tableFromIPC(bytes).getChild('name')!, String)
  expect(stored).toEqual([
    '\0\\udcff.txt',
    '\0a\\udc80\\"\\\\\\n\\ud83d',
    '\0\\u0000',
    '\0\\u0000\\udcff',
    '\\udcff',
    'plain',
  ])
})

test('what no writer writes for such a text is refused', () => {
  for (const stored of ['\0plain', '\0\\udcff"', '\0\\uDCFF', '\0\\', '\0'])
    expect(() => textOfStored(stored)).toThrow(/JSON|no text of a list/)
})

test('a file with any byte changed gives the same rows, other values of the same kind, or a RangeError', () => {
  const rows = rowsOf(40)
  const bytes = encodeListFile(columns, rows)
  const random = seededRandom(1)
  let refused = 0
  for (let round = 0; round < 3000; round++) {
    const changed = bytes.slice()
    const at = Math.floor(random() * changed.length)
    changed[at] = changed[at]! ^ (1 << Math.floor(random() * 8))
    try {
      const decoded = decodeListFile(changed, columns, 40)
      for (let row = 0; row < 40; row++) {
        const { byteLength, sha256, name, format } = decoded.at(row)
        expect(Number.isSafeInteger(byteLength) && Number(byteLength) >= 0).toBe(true)
        expect(sha256).toMatch(/^[0-9a-f]{64}$/)
        expect([typeof name, typeof format]).toEqual(['string', 'string'])
      }
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError)
      refused++
    }
  }
  expect(refused).toBeGreaterThan(500)
})

test.each([0, 1, 39, 41, 16_384])('a file of 40 rows is no file of %i', (rows) => {
  expect(() => decodeListFile(encodeListFile(columns, rowsOf(40)), columns, rows)).toThrow(RangeError)
})

test('a file that is cut, or longer, or of another list, is refused', () => {
  const bytes = encodeListFile(columns, rowsOf(40))
  for (const length of [0, 7, 100, bytes.length - 1])
    expect(() => decodeListFile(bytes.subarray(0, length), columns, 40)).toThrow(RangeError)
  expect(() => decodeListFile(Buffer.concat([bytes, Buffer.from([0])]), columns, 40)).toThrow(RangeError)
  expect(() => decodeListFile(bytes, columns.slice(0, 3), 40)).toThrow('the schema is not that of a list')
})
