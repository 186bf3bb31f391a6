import { encodeBfloat16, encodeFloat16 } from '@sluice/torch-random'
import { DatasetError } from '../../errors.ts'
import type { DatasetLayout } from '../../layout/layout.ts'
import type { DatasetManifest, TableIdentity } from '../../manifest/manifest.ts'
import type { Reading } from '../reading.ts'
import type { WindowBatch } from '../window-batch.ts'
import type { ReadHandle } from '../../storage/storage.ts'
import { addEmbeddings, type EmbeddingTables } from './add-embeddings.ts'
import { loadTable } from './load-table.ts'

/** The tables a lazy dataset adds up, by the names the safetensors file gives them. */
const tableNames = { token: 'wte.weight', position: 'wpe.weight' } as const

/** The tables that the manifest names. @throws DatasetError `corrupt` where the token table is missing. */
export function tablesOf({ identities, layout }: DatasetManifest): {
  readonly token: TableIdentity
  readonly position: TableIdentity | undefined
} {
  const byName = (name: string): TableIdentity | undefined =>
    identities.tables.find((table) => table.name === name)
  const token = byName(tableNames.token)
  const position = byName(tableNames.position)
  const wrong = [token, position].find((table) => table !== undefined && table.shape[1] !== layout.dim)
  if (token === undefined || wrong !== undefined) {
    const message = `The manifest names no tables of ${layout.dim} columns to make the embeddings from`
    throw new DatasetError('corrupt', message, { file: 'manifest.json' })
  }
  return { token, position }
}

/** Loads both tables through open files. */
export function* loadTables(
  { token, position }: ReturnType<typeof tablesOf>,
  open: (table: TableIdentity) => ReadHandle,
): Reading<EmbeddingTables> {
  return {
    token: yield* loadTable(open(token), token),
    position: position && (yield* loadTable(open(position), position)),
    dim: token.shape[1],
  }
}

/** A batch with the embeddings that a full dataset would have stored. */
export function withEmbeddings(
  tables: EmbeddingTables,
  layout: DatasetLayout,
  batch: WindowBatch,
): WindowBatch {
  const sums = new Float32Array(batch.inputIds.length * layout.dim)
  addEmbeddings(tables, batch.inputIds, batch.positionIds, layout.maxLength, sums)
  if (layout.dtype === 'f32') return { ...batch, inputsEmbeds: sums }
  const bits = new Uint16Array(sums.length)
  const round = layout.dtype === 'f16' ? encodeFloat16 : encodeBfloat16
  round(sums, bits)
  return { ...batch, inputsEmbeds: bits }
}
