import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { openRegularFile } from '@sluice/confined-file'
import { storedFormats } from '../dtype.ts'
import { EmbeddingError } from '../errors.ts'
import { readValues } from '../load/read-values.ts'
import type { TableLocation } from '../onnx/embedding-graph.ts'
import { instantiateKernel, type EmbedKernel } from '../wasm/kernel.ts'
import type { Lookup, LookupPiece } from './lookup.ts'
import type { TableSource } from './table-source.ts'

const page = 65536
const maxBytes = 65536 * page

/** Bytes of output made at a time: they are copied out of the module's memory, so they should still be in the nearest cache. */
const runBytes = 64 << 10

/**
 * Looks up with the WebAssembly SIMD kernel: the same additions of the same numbers as ONNX Runtime's. The tables are copied
 * into the module's memory, as float32, once.
 */
export async function createWasmLookup(source: TableSource): Promise<Lookup> {
  const { token, position } = source.tables
  const dim = token.embeddingDim
  const rowBytes = dim * 4
  const tokensPerRun = Math.max(1, Math.floor(runBytes / rowBytes))
  const places = planMemory([
    token.numEmbeddings * rowBytes,
    (position?.numEmbeddings ?? 0) * rowBytes,
    tokensPerRun * 4,
    tokensPerRun * 4,
    tokensPerRun * rowBytes,
  ])
  const kernel = await instantiateKernel()
  growTo(kernel, places.end)
  const [tokenAt = 0, positionAt = 0, idsAt = 0, positionIdsAt = 0, outAt = 0] = places.starts
  await loadTable(source, token, floats(kernel, tokenAt, token.numEmbeddings * dim))
  if (position) await loadTable(source, position, floats(kernel, positionAt, position.numEmbeddings * dim))

  const ids = new Int32Array(kernel.memory.buffer, idsAt, tokensPerRun)
  const positionIds = new Int32Array(kernel.memory.buffer, positionIdsAt, tokensPerRun)
  const out = floats(kernel, outAt, tokensPerRun * dim)
  return {
    provider: 'wasm',
    tokensPerRun,
    run(piece: LookupPiece) {
      const { rows, columns, output } = piece
      ids.set(piece.inputIds)
      if (position) {
        positionIds.set(piece.positionIds)
        kernel.embed(idsAt, positionIdsAt, rows, columns, rowBytes, tokenAt, positionAt, outAt)
      } else {
        kernel.gather(idsAt, rows * columns, rowBytes, tokenAt, outAt)
      }
      output.set(output.length === out.length ? out : out.subarray(0, output.length))
    },
    close: () => undefined,
  }
}

function planMemory(sizes: readonly number[]): { starts: number[]; end: number } {
  let end = 0
  const starts = sizes.map((size) => {
    const start = end
    end += Math.ceil(size / 64) * 64
    return start
  })
  if (end > maxBytes) {
    throw new EmbeddingError(
      'provider-unavailable',
      `wasm: expected tables within the 4 GiB that WebAssembly can address, got ${end} bytes; use provider cpu, which maps them`,
    )
  }
  return { starts, end }
}

function growTo({ memory }: EmbedKernel, bytes: number): void {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / page)
  if (missing <= 0) return
  try {
    memory.grow(missing)
  } catch (cause) {
    throw new EmbeddingError(
      'provider-unavailable',
      `wasm: no memory for tables of ${bytes} bytes; use provider cpu`,
      {
        cause,
      },
    )
  }
}

function floats({ memory }: EmbedKernel, start: number, length: number): Float32Array {
  return new Float32Array(memory.buffer, start, length)
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
