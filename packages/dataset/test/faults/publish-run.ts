import {
  commitManifest,
  createPartWriter,
  folderStorage,
  resolveLayout,
  type FileSystem,
} from '../../src/index.ts'
import { header, planId } from '../header.ts'
import { makeRows, pickRows } from '../rows.ts'

/** Makes and commits a small dataset: the run whose every file system call is made to fail. */
export async function publishRun(folder: string, fileSystem: FileSystem, partCount: number): Promise<void> {
  const layout = resolveLayout({ maxLength: 4, vocabSize: 1000, embedding: 'full', dim: 2, rowsPerBatch: 2 })
  const storage = folderStorage(folder, { fileSystem, flushByteLength: 1, directByteLength: 4096 })
  const all = makeRows(layout, partCount * 3)
  for (let index = 0; index < partCount; index++) {
    await using writer = createPartWriter({ storage, layout, planId, index, firstWindow: index * 3 })
    await writer.append(pickRows(all, index * 3, 3))
    await writer.finish({ documents: 1 })
  }
  await commitManifest(storage, header(layout, partCount))
}
