/**
 * `node --conditions=@sluice/source packages/pipeline/tools/write-format-fixtures.ts FOLDER`: a small dataset of each kind that the
 * format has, and what it holds. Run once for a release whose datasets differ from those of the releases before; what it wrote for
 * an earlier one is never written again: `test/formats.test.ts` reads those for ever.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  commitManifest,
  createPartWriter,
  folderStorage,
  makeSourceList,
  publishBytes,
  resolveLayout,
  sha256OfJson,
  writeDataset,
} from '@sluice/dataset'
import { trainBpe } from '@sluice/tokenizer'
import { resolveRunConfig, runLocally, type RunOptions } from '../src/index.ts'
import { contentsOf } from '../test/formats/contents.ts'
import { copyTinyModel, textOf } from '../test/tiny-model.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Expected FOLDER')
mkdirSync(folder, { recursive: true })
process.chdir(folder)

const lines = [
  'one two three four five six',
  'a',
  'red green blue – Grüße',
  'the cat sat on the mat again and again',
  'nothing new under the sun, said the preacher',
]
writeFileSync(
  'corpus.jsonl',
  lines.map((text, id) => `${JSON.stringify({ id: `line ${id}`, text })}\n`).join(''),
)
writeFileSync('corpus.txt', lines.join('\n'))
writeFileSync('model.txt', textOf([5, 9, 2, 61, 33, 95, 1, 44, 7, 7, 12, 80, 3]))
writeFileSync('tokenizer.json', await trainBpe(lines, { vocabSize: 290 }))
const model = copyTinyModel('gpt2/f32', join(process.cwd(), 'model'))

const common = { corpus: ['corpus.jsonl'], tokenizer: 'tokenizer.json', maxLength: 4, dim: 4 }
const documents = { boundary: 'document', tail: 'pad', positions: 'restart', documents: 'ids' } as const
const runs: Readonly<Record<string, Partial<RunOptions>>> = {
  ids: { embeddings: 'none' },
  uint16: { embeddings: 'none', idType: 'uint16', documents: 'boundaries', stride: 2 },
  once: { embeddings: 'none', ids: 'once', boundary: 'document', tail: 'pad' },
  full: {},
  flat: { layout: 'flat', ipc: 'stream' },
  tensor: { layout: 'tensor', dtype: 'f16' },
  bf16: { dtype: 'bf16', shuffle: { seed: 7 } },
  lazy: { embeddings: 'lazy', positionEncoding: 'sinusoidal', scale: 2 },
  'lazy-f16': { embeddings: 'lazy', dtype: 'f16', ...documents },
  documents: { embeddings: 'none', ...documents },
  packed: { embeddings: 'none', packing: 'best-fit', ...documents },
  kept: { embeddings: 'none', keep: ['id'] },
  rows: { per: 'document', keep: ['id'], maxLength: 12 },
  'rows-lazy': {
    per: 'document',
    embeddings: 'lazy',
    dtype: 'bf16',
    maxLength: 12,
    idType: 'uint16',
    ipc: 'stream',
  },
  'rows-mean': { per: 'document', pool: 'mean', maxLength: 12 },
  tokens: { to: 'tokens' },
  megatron: { to: 'megatron' },
}
for (const [name, options] of Object.entries(runs)) {
  const { dim: _dim, maxLength: _length, ...forTokens } = common
  const config = resolveRunConfig({ ...(options.to ? forTokens : common), ...options })
  await runLocally({ config, out: name })
}
for (const embeddings of ['full', 'lazy'] as const) {
  const config = resolveRunConfig({ corpus: ['model.txt'], model, maxLength: 4, embeddings })
  await runLocally({ config, out: `model-${embeddings}` })
}
const reference = { corpus: ['model.txt'], model, maxLength: 4, embeddings: 'lazy', reference: true } as const
await runLocally({ config: resolveRunConfig(reference), out: 'model-reference' })
await writeDataset({
  documents: [[1, 2, 3], [4], [5, 6, 7, 8, 9]],
  layout: { maxLength: 2, vocabSize: 10, documents: 'ids' },
  out: 'written',
})
await writeListed()

const written = [...Object.keys(runs), 'model-full', 'model-lazy', 'model-reference', 'written', 'listed']
const contents = await Promise.all(written.map(async (name) => [name, await contentsOf(name)]))
writeFileSync('contents.json', `${JSON.stringify(Object.fromEntries(contents), null, 2)}\n`)

/** Version 3: the sources of a dataset in a list of their own, as where there are more than 4,096 of them. */
async function writeListed(): Promise<void> {
  const storage = folderStorage('listed')
  const layout = resolveLayout({ maxLength: 2, vocabSize: 10 })
  const format = { format: 'txt', compression: 'none' } as const
  const names = ['first.txt', 'second.txt']
  const sources = names.map((name) => ({ name, byteLength: 8, sha256: sha256OfJson(name), ...format }))
  const { list, files } = makeSourceList(sources)
  for (const { name, bytes } of files) await publishBytes(storage, name, bytes)
  const planId = sha256OfJson({ note: 'a list of two sources' })
  await using part = createPartWriter({ storage, layout, planId, index: 0, firstWindow: 0 })
  await part.append({
    rows: 2,
    inputIds: Int32Array.of(1, 2, 3, 4),
    targetIds: Int32Array.of(2, 3, 4, 5),
    source: Int32Array.of(0, 1),
    byteStart: Float64Array.of(0, 0),
    byteEnd: Float64Array.of(8, 8),
  })
  await part.finish({ documents: 2 })
  await commitManifest(storage, {
    ...{ planId, config: {}, layout, sources: list, dropped: {}, partCount: 1 },
    windows: { stride: 2, boundary: 'cross' },
    identities: {
      tokenizer: { name: 'none', vocabSize: 10, sha256: sha256OfJson('none') },
      tables: [],
      graph: null,
    },
  })
}
