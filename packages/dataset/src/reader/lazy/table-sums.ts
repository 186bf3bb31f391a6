import { encodeBfloat16, encodeFloat16 } from '@sluice/torch-random'
import { DatasetError } from '../../errors.ts'
import type { DatasetManifest, TableIdentity } from '../../manifest/manifest.ts'
import type { ReadHandle } from '../../storage/storage.ts'
import type { Reading } from '../reading.ts'
import { addEmbeddings, type EmbeddingTables } from './add-embeddings.ts'
import type { LazyEmbeddings } from './lazy-embeddings.ts'
import type { RowOfId } from './kept-ids.ts'
import { loadTable } from './load-table.ts'

/** The tables a lazy dataset adds up, by the names the safetensors file gives them. */
const tableNames = { token: 'wte.weight', position: 'wpe.weight' } as const

/** The tables that the manifest names. @throws DatasetError `corrupt` where the token table is missing. */
export function tablesOf({ identities, layout }: Pick<DatasetManifest, 'identities' | 'layout'>): {
  readonly token: TableIdentity
  readonly position: TableIdentity | undefined
} {
  const byName = (name: string): TableIdentity | undefined =>
    identities.tables.find((table) => table.name === name)
  const token = byName(tableNames.token)
  const position = byName(tableNames.position)
  const wrong = [token, position].find(
    (table) =>
      table !== undefined && (table.shape[1] !== layout.dim || table.file !== (token?.file ?? table.file)),
  )
  if (token === undefined || wrong !== undefined) {
    const message = `The manifest names no tables of ${layout.dim} columns to make the embeddings from`
    throw new DatasetError('corrupt', message, { file: 'manifest.json' })
  }
  return { token, position }
}

/** Loads both tables, to be added up in memory. */
export function* openTableSums(
  manifest: DatasetManifest,
  handle: ReadHandle,
  rowOf: RowOfId,
): Reading<LazyEmbeddings> {
  const { layout } = manifest
  const { token, position } = tablesOf(manifest)
  const tables: EmbeddingTables = {
    token: yield* loadTable(handle, token),
    position: position && (yield* loadTable(handle, position)),
    dim: layout.dim,
  }
  return {
    // eslint-disable-next-line require-yield -- everything is in memory
    *embed({ inputIds, positionIds }) {
      const sums = new Float32Array(inputIds.length * layout.dim)
      const rows = token.keptIds === undefined ? inputIds : Int32Array.from(inputIds, rowOf)
      addEmbeddings(tables, rows, positionIds, layout.maxLength, sums)
      if (layout.dtype === 'f32') return sums
      const bits = new Uint16Array(sums.length)
      const round = layout.dtype === 'f16' ? encodeFloat16 : encodeBfloat16
      round(sums, bits)
      return bits
    },
  }
}
