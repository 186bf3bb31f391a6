/** `write-child.ts FOLDER`: writes parts until the folder takes no more; prints what happened as JSON. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createPartWriter, DatasetError, folderStorage, resolveLayout } from '../../src/index.ts'
import { planId } from '../header.ts'
import { makeRows } from '../rows.ts'
import { snapshot } from './snapshot.ts'

const [folder = ''] = process.argv.slice(2)
const layout = resolveLayout({ maxLength: 64, vocabSize: 1000, embedding: 'full', dim: 16, rowsPerBatch: 16 })
const storage = folderStorage(folder)
const rows = makeRows(layout, 64)
let failure: unknown
let published = 0
for (let index = 0; index < 50 && failure === undefined; index++) {
  try {
    await using writer = createPartWriter({ storage, layout, planId, index, firstWindow: index * 64 })
    await writer.append(rows)
    await writer.finish()
    published++
  } catch (error) {
    failure = error
  }
}
const torn = existsSync(folder)
  ? Object.entries(snapshot(folder))
      .filter(([name, hash]) => name.endsWith('.arrow') && !name.includes(hash.slice(0, 16)))
      .map(([name]) => name)
  : []
console.log(
  JSON.stringify({
    code: failure instanceof DatasetError ? failure.code : String(failure),
    message: failure instanceof Error ? failure.message : '',
    published,
    torn,
    leftovers: existsSync(join(folder, '_tmp')) ? readdirSync(join(folder, '_tmp')).length : 0,
  }),
)
