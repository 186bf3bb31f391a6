import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeEmbeddingFiles, type EmbeddingTables } from '@sluice/embedding'

/** Writes tables to a folder, as a run does, hands it to `work`, and removes it. */
export async function inFolder<T>(
  tables: EmbeddingTables,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-gpu-check-'))
  try {
    await writeEmbeddingFiles(directory, tables)
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
