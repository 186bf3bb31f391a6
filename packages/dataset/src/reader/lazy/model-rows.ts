import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from '@sluice/torch-random'
import { DatasetError } from '../../errors.ts'
import { bytesOf } from '../../layout/typed-array.ts'
import type { DatasetManifest, TableIdentity } from '../../manifest/manifest.ts'
import type { ReadHandle } from '../../storage/storage.ts'
import type { Reading } from '../reading.ts'
import type { LazyEmbeddings, OpenLazyOptions } from './lazy-embeddings.ts'
import { readTensorRange } from './load-table.ts'
import { hashRange } from './hash-range.ts'
import type { RowOfId } from './kept-ids.ts'

type Dtype = TableIdentity['dtype']

/** Rows that are fetched side by side. */
const rowsAtATime = 64

/**
 * The `inputs_embeds` of a model, from the rows of its token table that a batch needs: the table is hashed once and never held
 * in memory. `row · scale`, each step rounded to the model's dtype, as torch computes it.
 *
 * @throws DatasetError `corrupt`, also where the table is changed while it is open; `mismatch` where it is another one
 */
export function* openModelRows(
  manifest: DatasetManifest,
  handle: ReadHandle,
  { rowOf, verify }: OpenLazyOptions & { readonly rowOf: RowOfId },
): Reading<LazyEmbeddings> {
  const { identities, layout } = manifest
  const { model, tables } = identities
  const table = tables.find(({ name }) => name === model?.table)
  if (model === undefined || table?.shape[1] !== layout.dim) {
    const message = `The manifest names no table of ${layout.dim} columns to make the embeddings from`
    throw new DatasetError('corrupt', message, { file: 'manifest.json' })
  }
  const range = yield* readTensorRange(handle, table)
  if (verify === true || (typeof verify === 'string' && verify !== handle.version))
    yield* hashRange(handle, range, table)
  const [, dim] = table.shape
  return {
    *embed({ inputIds }) {
      const places = new Map<number, number>()
      for (const id of inputIds) if (!places.has(id)) places.set(id, places.size)
      const distinct = new Float32Array(places.size * dim)
      const stored = new (table.dtype === 'f32' ? Float32Array : Uint16Array)(distinct.length)
      const bytes = bytesOf(stored)
      const rowBytes = dim * stored.BYTES_PER_ELEMENT
      const wanted = Array.from(places.keys(), rowOf)
      for (let first = 0; first < wanted.length; first += rowsAtATime) {
        yield wanted.slice(first, first + rowsAtATime).map((row, at) => ({
          handle,
          target: bytes.subarray((first + at) * rowBytes, (first + at + 1) * rowBytes),
          position: range.start + row * rowBytes,
        }))
      }
      // What the hash proved is what was read: a table that is written over meanwhile gives no vectors.
      handle.checkUnchanged?.()
      if (stored instanceof Float32Array) distinct.set(stored)
      else decode(stored, table.dtype, distinct)
      if (table.dtype !== model.dtype) round(distinct, model.dtype)
      if (model.scale !== undefined) {
        for (let i = 0; i < distinct.length; i++) distinct[i] = distinct[i]! * model.scale
        round(distinct, model.dtype)
      }
      const made = encode(distinct, layout.dtype)
      const embeds = new (layout.dtype === 'f32' ? Float32Array : Uint16Array)(inputIds.length * dim)
      for (let at = 0; at < inputIds.length; at++) {
        const place = places.get(inputIds[at]!)!
        embeds.set(made.subarray(place * dim, (place + 1) * dim), at * dim)
      }
      return embeds
    },
  }
}

function decode(bits: Uint16Array, dtype: Dtype, values: Float32Array): void {
  if (dtype === 'f16') decodeFloat16(bits, values)
  else decodeBfloat16(bits, values)
}

function encode(values: Float32Array, dtype: Dtype): Float32Array | Uint16Array {
  if (dtype === 'f32') return values
  const bits = new Uint16Array(values.length)
  if (dtype === 'f16') encodeFloat16(values, bits)
  else encodeBfloat16(values, bits)
  return bits
}

function round(values: Float32Array, dtype: Dtype): void {
  const bits = encode(values, dtype)
  if (bits instanceof Uint16Array) decode(bits, dtype, values)
}
