import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { openRegularFile } from '@sluice/confined-file'
import { storedFormats } from '../dtype.ts'
import { EmbeddingError } from '../errors.ts'
import { readValues } from '../load/read-values.ts'
import type { TableLocation } from '../onnx/embedding-graph.ts'
import { instantiateKernel } from '../wasm/kernel.ts'
import { RowMemory } from '../wasm/row-memory.ts'
import { pageBytes } from '../wasm/shared-memory.ts'
import type { Lookup, LookupPiece } from './lookup.ts'
import { noMemoryFor, readOnce, shareTables, tablesAt, type SharedTables } from './shared-tables.ts'
import type { TableSource } from './table-source.ts'

const maxBytes = 65536 * pageBytes

/** Bytes of output made at a time: they are copied out of the module's memory, so they should still be in the nearest cache. */
const runBytes = 64 << 10

/**
 * Looks up with the WebAssembly SIMD kernel: the same additions of the same numbers as ONNX Runtime's. The tables are read
 * into the module's memory, as float32, once for all threads that share it.
 *
 * @param shared - memory of another thread's lookup of the same tables. @default new memory
 */
export async function createWasmLookup(source: TableSource, shared?: SharedTables): Promise<Lookup> {
  const { token, position } = source.tables
  const dim = token.embeddingDim
  const rowBytes = dim * 4
  const tokensPerRun = Math.max(1, Math.floor(runBytes / rowBytes))
  const positionAt = tablesAt + token.numEmbeddings * rowBytes
  const tableBytes = (token.numEmbeddings + (position?.numEmbeddings ?? 0)) * rowBytes
  const tables = shared ?? openMemory(tableBytes)
  if (tables.memory.buffer.byteLength < tablesAt + tableBytes) {
    throw new EmbeddingError(
      'invalid-argument',
      `Expected \`shared\` to be memory for tables of ${tableBytes} bytes, got ${tables.memory.buffer.byteLength}`,
    )
  }
  const memory = new RowMemory(tables.memory)
  const take = (byteLength: number): number => {
    const at = memory.take(byteLength)
    if (at === undefined) throw noMemoryFor(tableBytes)
    return at
  }
  const [idsAt, positionIdsAt] = [take(tokensPerRun * 4), take(tokensPerRun * 4)]
  // The kernel rounds eight values at a time.
  const outAt = take(tokensPerRun * rowBytes + 32)
  const { buffer } = tables.memory
  await readOnce(tables, async () => {
    await loadTable(source, token, new Float32Array(buffer, tablesAt, token.numEmbeddings * dim))
    if (position)
      await loadTable(source, position, new Float32Array(buffer, positionAt, position.numEmbeddings * dim))
  })
  const kernel = await instantiateKernel(tables.memory)

  const ids = new Int32Array(buffer, idsAt, tokensPerRun)
  const positionIds = new Int32Array(buffer, positionIdsAt, tokensPerRun)
  const out = new Float32Array(buffer, outAt, tokensPerRun * dim)
  const halves = new Uint16Array(buffer, outAt, tokensPerRun * dim)
  return {
    provider: 'wasm',
    tokensPerRun,
    run(piece: LookupPiece) {
      const { rows, columns, output } = piece
      ids.set(piece.inputIds)
      if (position) {
        positionIds.set(piece.positionIds)
        kernel.embed(idsAt, positionIdsAt, rows, columns, rowBytes, tablesAt, positionAt, outAt)
      } else {
        kernel.gather(idsAt, rows * columns, rowBytes, tablesAt, outAt)
      }
      if (output instanceof Float32Array)
        output.set(output.length === out.length ? out : out.subarray(0, output.length))
      else {
        kernel.toBfloat16(outAt, output.length)
        output.set(halves.subarray(0, output.length))
      }
    },
    close: () => undefined,
  }
}

function openMemory(byteLength: number): SharedTables {
  if (byteLength > maxBytes) {
    throw new EmbeddingError(
      'provider-unavailable',
      `wasm: expected tables within the 4 GiB that WebAssembly can address, got ${byteLength} bytes; use provider cpu, which maps them`,
    )
  }
  const tables = shareTables(byteLength)
  if (tables === undefined) throw noMemoryFor(byteLength)
  return tables
}

async function loadTable(source: TableSource, table: TableLocation, target: Float32Array): Promise<void> {
  const inMemory = source.memory.find(({ path }) => path === table.location)
  if (inMemory) {
    target.set(new Float32Array(inMemory.data.buffer, inMemory.data.byteOffset, target.length))
    return
  }
  const path = join(source.folder ?? '', table.location)
  let file: FileHandle | undefined
  try {
    file = await openRegularFile(path)
    await readValues(file, table.offset, storedFormats[table.dtype].safetensors, target, path)
  } finally {
    await file?.close()
  }
}
