import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderStorage, openDataset, verifyDataset } from '@sluice/dataset'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import { recomputeWindows, resolveRunConfig, runLocally } from '../src/index.ts'
import { writeSources } from './run-folder.ts'

test('the windows of either dataset of a split are made again from the corpus', async () => {
  const text = readFileSync(theVerdict, 'utf8')
  const lines = Array.from({ length: 40 }, (_, line) => text.slice(100 * line, 100 * line + 90))
  const corpus = writeSources(temporaryFolder(), [{ jsonl: lines }])
  const out = join(temporaryFolder(), 'out')
  const split = { validation: 0.4, seed: 1 }
  await runLocally({ config: resolveRunConfig({ corpus, maxLength: 4, embeddings: 'none', split }), out })
  for (const name of ['train', 'validation']) {
    await using dataset = await openDataset(join(out, name))
    const options = { roots: corpus, signal: new AbortController().signal }
    await using recomputed = await recomputeWindows(dataset, options)
    const deep = { windows: dataset.length, recompute: recomputed.recompute }
    const report = await verifyDataset(folderStorage(join(out, name)), { deep })
    expect(report).toMatchObject({ problems: [], windowsChecked: dataset.length })
  }
})
