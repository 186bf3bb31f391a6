import { createHash } from 'node:crypto'
import type { PositionEncoding } from './positions/position-encoding.ts'
import { safetensorsChunks } from './safetensors/write.ts'
import { bytesOf } from './table.ts'
import type { WriteFile } from './write-table-files.ts'

/** The name of the file with tables that attention uses. */
export const positionFileName = 'positions.safetensors'

/** A table that attention uses, as it was written. */
export interface WrittenPositions {
  /** Of the tensor in the file. */
  readonly name: string
  readonly shape: readonly number[]
  /** Of its values as little-endian float32 bytes, in hexadecimal. */
  readonly sha256: string
}

/** Hands the file with an encoding's own tables, {@link positionFileName}, to `write`. Each table is hashed here: `write` need not hash again. */
export async function writePositionFile<Written>(
  write: WriteFile<Written>,
  { tensors }: Pick<PositionEncoding, 'tensors'>,
): Promise<{ readonly file: Written; readonly tables: readonly WrittenPositions[] }> {
  const named = tensors.map(({ name, dtype, shape, data }) => ({ name, dtype, shape, pieces: [data] }))
  const file = await write(positionFileName, safetensorsChunks(named).chunks)
  const tables = tensors.map(({ name, shape, data }) => ({
    ...{ name, shape },
    sha256: createHash('sha256').update(bytesOf(data)).digest('hex'),
  }))
  return { file, tables }
}
