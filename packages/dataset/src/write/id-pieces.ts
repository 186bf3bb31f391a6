import { DatasetError } from '../errors.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import { isIdOf, type IdArray, type IdInput } from './write-options.ts'

/** Ids of one document that follow each other. */
export interface IdPiece {
  readonly ids: Int32Array
  /** A document begins with them. */
  readonly begins: boolean
}

/** Ids that are held at once: a document of any length is taken in such pieces. */
const mostIds = 1 << 16

/**
 * The given ids in order and checked, in pieces of at most 65,536. Documents without ids give nothing.
 *
 * @throws DatasetError `invalid-argument` for what is no array of ids; `out-of-range` for an id, naming its place
 */
export async function* readIdPieces(
  input: IdInput,
  layout: DatasetLayout,
  onEmptyDocument: () => void,
): AsyncGenerator<IdPiece> {
  const { given, isOneText } = arraysOf(input)
  let document = -1
  let place = 0
  for await (const array of given) {
    if (!isIdArray(array))
      throw invalid(`Expected arrays of ids, got ${describe(array)} in place ${document + 1}`)
    if (!isOneText && array.length === 0) onEmptyDocument()
    if (array.length === 0) continue
    if (!isOneText || document === -1) {
      document++
      place = 0
    }
    for (let first = 0; first < array.length; first += mostIds) {
      const ids = checkedIds(array.slice(first, first + mostIds), layout, { document, place })
      yield { ids, begins: place === 0 }
      place += ids.length
    }
  }
}

function arraysOf(input: IdInput): {
  readonly given: Iterable<IdArray> | AsyncIterable<IdArray>
  readonly isOneText: boolean
} {
  const { ids, documents } = input as { readonly ids?: unknown; readonly documents?: unknown }
  if ((ids === undefined) === (documents === undefined))
    throw invalid(`Expected either \`ids\` or \`documents\`, got ${ids === undefined ? 'neither' : 'both'}`)
  const given = ids ?? documents
  const name = ids === undefined ? 'documents' : 'ids'
  if (typeof given !== 'object' || given === null)
    throw invalid(`Expected \`${name}\` to be arrays of ids, got ${describe(given)}`)
  if (ids !== undefined && isIdArray(given)) return { given: [given], isOneText: true }
  if (Symbol.iterator in given || Symbol.asyncIterator in given)
    return { given: given as Iterable<IdArray> | AsyncIterable<IdArray>, isOneText: ids !== undefined }
  throw invalid(`Expected \`${name}\` to be arrays of ids, got ${describe(given)}`)
}

function isIdArray(value: unknown): value is IdArray {
  if (Array.isArray(value)) return value.length === 0 || typeof value[0] === 'number'
  return value instanceof Int32Array || value instanceof Uint32Array || value instanceof Uint16Array
}

function checkedIds(
  array: IdArray,
  layout: DatasetLayout,
  { document, place }: { readonly document: number; readonly place: number },
): Int32Array {
  for (let index = 0; index < array.length; index++) {
    const id: unknown = array[index]
    if (typeof id === 'number' && isIdOf(layout, id)) continue
    const where = `at ${place + index} of document ${document}`
    throw new DatasetError(
      'out-of-range',
      `Expected ids in [0, ${layout.vocabSize}), got ${String(id)} ${where}`,
    )
  }
  return array instanceof Int32Array ? array : Int32Array.from(array)
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${typeof value[0]}`
  return value === null || typeof value !== 'object' ? `${String(value)} (${typeof value})` : 'an object'
}

function invalid(message: string): DatasetError {
  return new DatasetError('invalid-argument', message)
}
