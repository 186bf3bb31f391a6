import type { ColumnMetaData } from 'hyparquet'
import type { Page } from './page-header.ts'
import { checkRunLengths } from './run-lengths.ts'

/** What of a column the runs in its pages depend on. */
export interface PageShape {
  readonly type: ColumnMetaData['type']
  /** The definition level of a value that is there: 0 where no value can be null. */
  readonly highestLevel: number
  /** Bits of a definition level. */
  readonly levelWidth: number
}

/** Numbers of encodings (parquet.thrift, Encoding). */
const plainDictionary = 2
const runLengths = 3
const dictionaryIndices = 8

/**
 * Checks the run lengths of a data page of flat values before it is decoded.
 *
 * @param stored the page as it lies in the file
 * @param plain what is decompressed of it: all of a page of version 1, the values alone of one of version 2
 * @throws Error for a run that is longer than the page
 */
export function checkPage(page: Page, stored: Uint8Array, plain: Uint8Array, shape: PageShape): void {
  const { levels, values } = page
  const { levelWidth, highestLevel } = shape
  if (levels.version === 2) {
    const { repetitionBytes, definitionBytes, nulls } = levels
    const definition = stored.subarray(repetitionBytes, repetitionBytes + definitionBytes)
    if (levelWidth > 0) checkRunLengths(definition, levelWidth, values)
    checkValues(plain, values - nulls, page, shape)
  } else if (levelWidth === 0) checkValues(plain, values, page, shape)
  else {
    const definition = withLength(plain)
    const present = checkRunLengths(definition, levelWidth, values, highestLevel)
    checkValues(plain.subarray(4 + definition.length), present, page, shape)
  }
}

function checkValues(bytes: Uint8Array, present: number, { encoding }: Page, { type }: PageShape): void {
  if (encoding === runLengths && type === 'BOOLEAN') checkRunLengths(withLength(bytes), 1, present)
  else if ([plainDictionary, runLengths, dictionaryIndices].includes(encoding)) {
    const [width = 0] = bytes
    if (width > 32) throw new Error(`indices of ${width} bits`)
    if (width > 0) checkRunLengths(bytes.subarray(1), width, present)
  }
}

/** The bytes behind their length. */
function withLength(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 4) throw new Error('a page is cut')
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
  if (4 + length > bytes.length) throw new Error('levels end outside their page')
  return bytes.subarray(4, 4 + length)
}
