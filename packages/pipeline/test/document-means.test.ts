import { join } from 'node:path'
import { folderStorage, openDocuments, verifyDataset } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { getEncoding } from '@sluice/tokenizer'
import { expect, test } from 'vitest'
import { recomputeDocuments, resolveRunConfig, runLocally } from '../src/index.ts'
import { writeSources } from './run-folder.ts'

const gpt2 = await getEncoding('gpt2')

/** The mean, the obvious way: one float32 addition after the other and one division. */
function slowMean(vectors: ArrayLike<number>, dim: number): Float32Array {
  const count = vectors.length / dim
  return Float32Array.from({ length: dim }, (_, column) => {
    let sum = 0
    for (let at = 0; at < count; at++) sum = Math.fround(sum + vectors[at * dim + column]!)
    return Math.fround(sum / count)
  })
}

test.each([{}, { positionEncoding: 'none', seed: 7 }, { positionEncoding: 'sinusoidal' }] as const)(
  'a mean is summed up in the order of positions and divided once, with %o',
  async (given) => {
    const folder = temporaryFolder()
    // More vectors than are made at a time, so that documents go on from one chunk to the next.
    const texts = ['a cat', 'the mat and '.repeat(700), 'x', 'words and words '.repeat(400)]
    const corpus = writeSources(folder, [{ jsonl: texts }])
    const options = { corpus, dim: 96, per: 'document', ...given } as const
    const [full, pooled] = [join(folder, 'full'), join(folder, 'pooled')]
    await runLocally({ config: resolveRunConfig(options), out: full, threads: 1 })
    await runLocally({ config: resolveRunConfig({ ...options, pool: 'mean' }), out: pooled, threads: 2 })
    await using vectors = await openDocuments(full)
    await using means = await openDocuments(pooled)
    const { embedding, offsets, inputIds } = await means.read(0, texts.length)
    expect(inputIds).toBeUndefined()
    for (const [row, text] of texts.entries()) {
      expect(offsets[row + 1]! - offsets[row]!).toBe(gpt2.encode(text).length)
      const { inputsEmbeds } = await vectors.read(row)
      expect(embedding!.subarray(row * 96, (row + 1) * 96)).toEqual(slowMean(inputsEmbeds!, 96))
    }
    await using again = await recomputeDocuments(means, {
      roots: corpus,
      signal: new AbortController().signal,
    })
    const deep = { documents: texts.length, recompute: again.recompute }
    expect((await verifyDataset(folderStorage(pooled), { deep })).problems).toEqual([])
  },
)
