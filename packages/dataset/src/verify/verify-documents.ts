import { DatasetError } from '../errors.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'
import { expectedDocuments } from '../reader/document-table.ts'
import { hashObject } from '../reader/hash-object.ts'
import { PartReader } from '../reader/part-reader.ts'
import { runReading } from '../reader/reading.ts'
import { holdSmall } from '../storage/small-object.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import type { Problem } from './problem.ts'

/** Checks the files of the document table: size, hash and structure. Files that are missing are another check's finding. */
export async function verifyDocuments(
  storage: DatasetStorage,
  { documentTable, layout: { kept } }: Pick<DatasetManifest, 'documentTable' | 'layout'>,
  signal?: AbortSignal,
): Promise<Problem[]> {
  const problems: Problem[] = []
  if (documentTable === undefined || kept === undefined) return problems
  for (const file of documentTable.files) {
    signal?.throwIfAborted()
    if ((await storage.stat(file.name)) === undefined) continue
    const opened = await storage.openRead(file.name)
    try {
      const { name, byteLength, sha256: expected } = file
      if (opened.byteLength !== byteLength) {
        const position = Math.min(opened.byteLength, byteLength)
        const message = `${name} has ${opened.byteLength} bytes, expected ${byteLength}`
        problems.push({ code: 'wrong-size', file: name, position, message })
        continue
      }
      const handle = await holdSmall(opened)
      const sha256 = await hashObject(handle, signal && { signal })
      if (sha256 !== expected) {
        const message = `${name} has sha256 ${sha256}, expected ${expected}: its bytes were changed`
        problems.push({ code: 'wrong-hash', file: name, message })
        continue
      }
      await runReading(PartReader.open(handle, expectedDocuments(file, kept)))
    } catch (error) {
      if (!(error instanceof DatasetError) || error.code !== 'corrupt') throw error
      const { message, position } = error
      const place = position === undefined ? {} : { position }
      problems.push({ code: 'damaged', file: file.name, message, ...place })
    } finally {
      await opened.close()
    }
  }
  return problems
}
