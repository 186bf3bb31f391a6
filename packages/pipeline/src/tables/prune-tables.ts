import { createHash } from 'node:crypto'
import {
  npyHeader,
  openTable,
  publishBytes,
  type DatasetStorage,
  type OpenTable,
  type TableIdentity,
} from '@sluice/dataset'
import { safetensorsChunks } from '@sluice/embedding'
import { RunError } from '../errors.ts'
import { frameOf } from '../plan/document-frame.ts'
import type { Plan } from '../plan/plan.ts'
import { prunedFiles } from '../folder/names.ts'
import type { TokenReceipt } from '../tokens/token-receipt.ts'
import { TokenReader, type TokenIndex } from '../tokens/token-stream.ts'
import type { TableIdentities } from './make-tables.ts'

/** Ids that are read at a time, and bytes of rows. */
const idsAtATime = 1 << 18
const rowBytesAtATime = 4 << 20
/** Rows that are fetched side by side. */
const readsAtATime = 64

/** The tables that a run's dataset has: all that were made, or with `prune` what readers need of them. */
export async function keptTables(
  storage: DatasetStorage,
  plan: Plan,
  stream: TokenIndex<TokenReceipt>,
  made: TableIdentities,
): Promise<TableIdentities> {
  if (!plan.config.prune) return made
  await using tokens = new TokenReader(storage, stream)
  return pruneTables(storage, plan, tokens, made)
}

/**
 * Publishes the rows of a run's token table that its ids need, what is added to them, and the ids; whoever finds all tokens may do
 * it. The whole tables go when the run is finished.
 *
 * @returns the identities of what readers then need
 */
async function pruneTables(
  storage: DatasetStorage,
  plan: Plan,
  tokens: TokenReader,
  made: TableIdentities,
): Promise<TableIdentities> {
  const name = made.model?.table ?? 'wte.weight'
  const whole = made.tables.find((table) => table.name === name)
  if (whole === undefined) throw new RunError('broken-state', `The tables of the run name no ${name}`)
  const ids = await occurringIds(plan, tokens, whole.shape[0])
  // Norms and projections of a model are of its first block, which is not made on read; learned positions inside attention are a reader's.
  const named = new Set(made.positions?.tables)
  const isOther = ({ file, name: other }: TableIdentity): boolean =>
    file === whole.file && other !== name && (made.model === undefined || named.has(other))
  const others = made.tables.filter(isOther)
  const positions = made.tables.filter(({ file }) => file !== whole.file)
  const list = npyOf(ids)
  await publishBytes(storage, prunedFiles.ids, list)
  const keptIds = { file: prunedFiles.ids, sha256: sha256Of(list), of: whole.shape[0] }
  const kept = { ...whole, shape: [ids.length, whole.shape[1]!] as const, file: prunedFiles.tables }
  const sha256 = await writePruned(storage, { kept, whole, others, ids })
  return {
    ...made,
    // The graph is over the whole tables.
    graph: null,
    tables: [
      { ...kept, sha256, keptIds },
      ...others.map((table) => ({ ...table, file: prunedFiles.tables })),
      ...positions,
    ],
  }
}

/** Every id of the stream, and those that rows have besides: what fills them up, and what ends a document that is cut off. */
async function occurringIds(plan: Plan, tokens: TokenReader, rows: number): Promise<Int32Array> {
  const { before, after } = frameOf(plan.tokenizer)
  const occurs = new Uint8Array(rows)
  for (const id of [plan.tokenizer.endOfTextId, ...before, ...after]) occurs[id] = 1
  const block = new Int32Array(idsAtATime)
  for (let first = 0; first < tokens.index.tokens; first += idsAtATime) {
    const ids = block.subarray(0, Math.min(idsAtATime, tokens.index.tokens - first))
    await tokens.read(first, ids)
    for (let at = 0; at < ids.length; at++) occurs[ids[at]!] = 1
  }
  const found = new Int32Array(occurs.reduce((sum, one) => sum + one, 0))
  let count = 0
  for (let id = 0; id < rows; id++) if (occurs[id] === 1) found[count++] = id
  return found
}

function npyOf(ids: Int32Array): Uint8Array {
  return Buffer.concat([npyHeader('<i4', [ids.length]), new Uint8Array(ids.buffer, 0, ids.byteLength)])
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

interface Pruned {
  readonly kept: TableIdentity
  readonly whole: TableIdentity
  readonly others: readonly TableIdentity[]
  readonly ids: Int32Array
}

/** @returns sha256 of the kept rows */
async function writePruned(storage: DatasetStorage, { kept, whole, others, ids }: Pruned): Promise<string> {
  const planned = [kept, ...others].map(({ name, dtype, shape }) => ({
    ...{ name, shape },
    dtype: storedAs[dtype],
    pieces: [],
  }))
  const [header] = safetensorsChunks(planned).chunks
  const staged = await storage.stage('tables.pruned')
  try {
    await staged.write([header!])
    const hash = createHash('sha256')
    for await (const rows of rowsOf(storage, whole, ids)) {
      hash.update(rows)
      await staged.write([rows])
    }
    for (const table of others)
      for await (const bytes of bytesOfTable(storage, table)) await staged.write([bytes])
    await staged.publish(prunedFiles.tables)
    return hash.digest('hex')
  } finally {
    await staged.discard()
  }
}

const storedAs = { f32: 'F32', f16: 'F16', bf16: 'BF16' } as const

/** All bytes of a table, some at a time. */
async function* bytesOfTable(
  storage: DatasetStorage,
  { shape, dtype, ...table }: TableIdentity,
): AsyncGenerator<Uint8Array, void> {
  const byteLength = shape.reduce<number>((product, length) => product * length, dtype === 'f32' ? 4 : 2)
  const { handle, start } = await openTable(storage, { shape, dtype, ...table })
  try {
    for (let at = 0; at < byteLength; at += rowBytesAtATime) {
      const bytes = new Uint8Array(Math.min(rowBytesAtATime, byteLength - at))
      await handle.read(bytes, start + at)
      yield bytes
    }
  } finally {
    await handle.close()
  }
}

/** The bytes of rows of a table, some at a time. Rows that follow each other are one read. */
async function* rowsOf(
  storage: DatasetStorage,
  table: TableIdentity,
  wanted: Int32Array,
): AsyncGenerator<Uint8Array, void> {
  const rowBytes = table.shape[1]! * (table.dtype === 'f32' ? 4 : 2)
  const perPiece = Math.max(1, Math.floor(rowBytesAtATime / rowBytes))
  const { handle, start } = await openTable(storage, table)
  try {
    for (let first = 0; first < wanted.length; first += perPiece) {
      const rows = wanted.subarray(first, first + perPiece)
      const bytes = new Uint8Array(rows.length * rowBytes)
      await readRuns({ handle, start }, rows, rowBytes, bytes)
      yield bytes
    }
  } finally {
    await handle.close()
  }
}

async function readRuns(
  { handle, start }: OpenTable,
  rows: Int32Array,
  rowBytes: number,
  bytes: Uint8Array,
): Promise<void> {
  let reads: Promise<void>[] = []
  for (let first = 0; first < rows.length;) {
    let end = first + 1
    while (end < rows.length && rows[end] === rows[end - 1]! + 1) end++
    const target = bytes.subarray(first * rowBytes, end * rowBytes)
    reads.push(handle.read(target, start + rows[first]! * rowBytes))
    if (reads.length === readsAtATime) {
      await Promise.all(reads)
      reads = []
    }
    first = end
  }
  await Promise.all(reads)
}
