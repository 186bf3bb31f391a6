import { decodeHybrid } from './hybrid.ts'

/** Numbers of the encodings that integers have (parquet.thrift, Encoding). */
const plain = 0
const plainDictionary = 2
const deltaBinaryPacked = 5
const rleDictionary = 8
const byteStreamSplit = 9

/** Types of Parquet that ids have; a value of 8 bytes that no double holds exactly is no id. */
export type IntegerType = 'INT32' | 'INT64'

/**
 * Decodes integers of a page.
 *
 * @param dictionary of the column chunk, where it has one
 * @throws Error for bytes that are cut, an index outside the dictionary, an encoding that integers do not have
 */
export async function decodeIntegers(
  bytes: Uint8Array,
  {
    type,
    encoding,
    count,
  }: { readonly type: IntegerType; readonly encoding: number; readonly count: number },
  dictionary: Float64Array | undefined,
): Promise<Float64Array> {
  const values = new Float64Array(count)
  if (count === 0) return values
  const width = type === 'INT32' ? 4 : 8
  switch (encoding) {
    case plain:
    case byteStreamSplit: {
      if (bytes.length < count * width) throw new Error('a page has too few values')
      const lined = encoding === plain ? bytes : joinStreams(bytes, count, width)
      const view = new DataView(lined.buffer, lined.byteOffset, lined.length)
      for (let index = 0; index < count; index++)
        values[index] =
          width === 4 ? view.getInt32(index * 4, true) : Number(view.getBigInt64(index * 8, true))
      return values
    }
    case plainDictionary:
    case rleDictionary: {
      const indices = decodeHybrid(bytes.subarray(1), bytes[0] ?? 0, count)
      for (let index = 0; index < count; index++) {
        const value = dictionary?.[indices[index]!]
        if (value === undefined) throw new Error('an index lies outside its dictionary')
        values[index] = value
      }
      return values
    }
    case deltaBinaryPacked: {
      const { deltaBinaryUnpack } = await import('hyparquet/src/delta.js')
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 }
      const unpacked = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count)
      deltaBinaryUnpack(reader, count, unpacked)
      for (let index = 0; index < count; index++) values[index] = Number(unpacked[index])
      return values
    }
    default:
      throw new Error(`integers in the encoding ${encoding}`)
  }
}

/** Values whose first bytes come first, then all second ones, and so on. */
function joinStreams(bytes: Uint8Array, count: number, width: number): Uint8Array {
  const joined = new Uint8Array(count * width)
  for (let index = 0; index < count; index++)
    for (let byte = 0; byte < width; byte++) joined[index * width + byte] = bytes[byte * count + index]!
  return joined
}
