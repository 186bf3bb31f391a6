import { EmbeddingError } from '../errors.ts'
import { elements, isStoredDtype, storedBytes, type StoredDtype, type TensorEntry } from '../tensor-entry.ts'

/** Contents of a safetensors file: its tensors in file order. */
export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorEntry>
  readonly metadata: Readonly<Record<string, string>>
}

/** Longest header that the reference implementation accepts. */
export const maxHeaderBytes = 100_000_000

/**
 * Where the first tensor starts in the files written here. A header may end in spaces; filling up to a page lets a file be
 * mapped into memory and used as external data of an ONNX model as it is.
 */
const dataAlignment = 4096

/** A tensor to be placed in a file. */
export interface TensorPlan {
  readonly name: string
  readonly dtype: StoredDtype
  readonly shape: readonly number[]
}

/** The bytes before the first tensor, and where each tensor goes. */
export interface HeaderPlan {
  readonly bytes: Uint8Array
  readonly tensors: ReadonlyMap<string, TensorEntry>
  /** Of the whole file. */
  readonly byteLength: number
}

/** Plans a file: tensors one after the other in the given order, without gaps, as the format demands. */
export function planHeader(tensors: readonly TensorPlan[], metadata: Record<string, string>): HeaderPlan {
  let end = 0
  const fields: Record<string, unknown> = { __metadata__: metadata }
  const placed = tensors.map(({ name, dtype, shape }) => {
    const start = end
    end += elements(shape) * storedBytes[dtype]
    fields[name] = { dtype, shape, data_offsets: [start, end] }
    return { name, dtype, shape, start, byteLength: end - start }
  })
  const json = Buffer.from(JSON.stringify(fields))
  const dataStart = Math.ceil((8 + json.length) / dataAlignment) * dataAlignment
  const bytes = new Uint8Array(dataStart).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(dataStart - 8), true)
  bytes.set(json, 8)
  const entries = placed.map(
    ({ name, start, ...entry }) => [name, { ...entry, offset: dataStart + start }] as const,
  )
  return { bytes, tensors: new Map(entries), byteLength: dataStart + end }
}

/**
 * Reads the header of a file of `fileBytes` bytes.
 *
 * @param json - The header without the 8 bytes of its length.
 * @param path - For messages.
 * @throws EmbeddingError `invalid-file` when it is no header or speaks of bytes that the file does not have.
 */
export function parseHeader(json: Uint8Array, fileBytes: number, path: string): SafetensorsHeader {
  const dataStart = 8 + json.byteLength
  const fields = parseJson(json, path)
  const tensors = new Map<string, TensorEntry>()
  let metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (name === '__metadata__') {
      metadata = Object.fromEntries(
        Object.entries(record(value, name, path)).map(([key, text]) => [key, String(text)]),
      )
    } else {
      tensors.set(name, parseEntry(record(value, name, path), name, dataStart, fileBytes, path))
    }
  }
  checkPlaces(tensors, path)
  return { tensors, metadata }
}

/** As the format demands, tensors do not overlap: one would be another's bytes. */
function checkPlaces(tensors: ReadonlyMap<string, TensorEntry>, path: string): void {
  const placed = Array.from(tensors).toSorted(
    ([, left], [, right]) => left.offset - right.offset || left.byteLength - right.byteLength,
  )
  let end = 0
  let before = ''
  for (const [name, { offset, byteLength }] of placed) {
    if (offset < end) {
      throw new EmbeddingError('invalid-file', `${path}: tensors ${before} and ${name} share bytes`)
    }
    end = offset + byteLength
    before = name
  }
}

function parseJson(json: Uint8Array, path: string): Record<string, unknown> {
  try {
    return record(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json)), 'the header', path)
  } catch (cause) {
    if (cause instanceof EmbeddingError) throw cause
    throw new EmbeddingError('invalid-file', `${path}: the safetensors header is not JSON`, { cause })
  }
}

function record(value: unknown, name: string, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new EmbeddingError(
    'invalid-file',
    `${path}: expected ${name} to be an object in the safetensors header`,
  )
}

function parseEntry(
  fields: Record<string, unknown>,
  name: string,
  dataStart: number,
  fileBytes: number,
  path: string,
): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = fields
  if (typeof dtype !== 'string' || !counts(shape) || !counts(offsets) || offsets.length !== 2) {
    throw new EmbeddingError(
      'invalid-file',
      `${path}: tensor ${name} has no valid dtype, shape and data_offsets`,
    )
  }
  const [start = 0, end = 0] = offsets
  if (start > end || dataStart + end > fileBytes) {
    throw new EmbeddingError(
      'invalid-file',
      `${path}: tensor ${name} lies at bytes ${dataStart + start} to ${dataStart + end}, the file has ${fileBytes}; it may be cut: fetch it again`,
    )
  }
  const expected = isStoredDtype(dtype) ? elements(shape) * storedBytes[dtype] : end - start
  if (expected !== end - start) {
    throw new EmbeddingError(
      'invalid-file',
      `${path}: tensor ${name} is ${dtype} [${shape.join(', ')}], which takes ${expected} bytes, but has ${end - start}`,
    )
  }
  return { dtype, shape, offset: dataStart + start, byteLength: end - start }
}

function counts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}
