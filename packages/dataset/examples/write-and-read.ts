/** Writes a dataset of two parts into a temporary folder and reads its last window back. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  commitManifest,
  createPartWriter,
  folderStorage,
  openDataset,
  resolveLayout,
  sha256OfJson,
} from '@sluice/dataset'

const folder = mkdtempSync(join(tmpdir(), 'sluice-example-'))
const layout = resolveLayout({ maxLength: 4, vocabSize: 50257, embedding: 'full', dim: 2 })
const planId = sha256OfJson({ what: 'an example' })
const storage = folderStorage(folder)

for (const index of [0, 1]) {
  await using part = createPartWriter({ storage, layout, planId, index, firstWindow: index * 3 })
  await part.append({
    rows: 3,
    inputIds: Int32Array.from({ length: 12 }, (_, token) => token + index),
    targetIds: Int32Array.from({ length: 12 }, (_, token) => token + index + 1),
    inputsEmbeds: Float32Array.from({ length: 24 }, (_, element) => element / 4),
    source: new Int32Array(3),
    byteStart: Float64Array.of(0, 16, 32),
    byteEnd: Float64Array.of(16, 32, 48),
  })
  await part.finish({ documents: 1 })
}
await commitManifest(storage, {
  planId,
  config: { note: 'an example' },
  layout,
  windows: { stride: 4, boundary: 'cross' },
  identities: {
    tokenizer: { name: 'gpt2', vocabSize: 50257, sha256: sha256OfJson('gpt2') },
    tables: [],
    graph: null,
  },
  sources: [{ name: 'example.txt', byteLength: 96, sha256: sha256OfJson('text') }],
  dropped: {},
  partCount: 2,
})

await using dataset = await openDataset(folder)
const { firstWindow, inputIds, inputsEmbeds } = await dataset.read(dataset.length - 1)
console.log(`window ${firstWindow}: ids ${inputIds.join(' ')}, ${inputsEmbeds?.length} embedding elements`)
rmSync(folder, { recursive: true })
