import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDocuments, type DocumentDataset, type RecomputeDocument } from '@sluice/dataset'
import { RunError } from '../errors.ts'
import { resolveRunConfig, type RunOptions } from '../plan/run-config.ts'
import { runLocally } from '../run/run-locally.ts'
import { reuseDatasetTokenizer } from '../tokenizer/dataset-tokenizer.ts'
import { changedSource } from './changed-source.ts'
import { confinedSources } from './confined-sources.ts'
import { openFirstBlock } from './first-block-again.ts'
import { folderOfSplit } from './folder-of-split.ts'
import type { RecomputeOptions } from './recompute-windows.ts'

/**
 * Makes the rows of a dataset of documents again from the corpus: tokenizes all of it into a temporary dataset of ids, and makes the
 * vectors from the dataset's own tables, one document at a time.
 *
 * @throws RunError `corpus-changed` where a source is not what the manifest says; `forbidden-path` where it may not be read
 */
export async function recomputeDocuments(
  dataset: DocumentDataset,
  { roots, signal }: RecomputeOptions,
): Promise<{ readonly recompute: RecomputeDocument } & AsyncDisposable> {
  const { layout, manifest, sources, storage } = dataset
  const folder = await mkdtemp(join(tmpdir(), 'sluice-verify-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  const firstBlock = await openFirstBlock(dataset)
  try {
    const corpus = await confinedSources(await sources.range(0, sources.count), roots)
    const options = manifest.config as unknown as RunOptions
    const config = resolveRunConfig({
      ...options,
      corpus,
      embeddings: 'none',
      dtype: 'f32',
      pool: 'none',
      prune: false,
      reference: false,
    })
    const tokenizer = await reuseDatasetTokenizer(dataset, config)
    // The names were checked above; what is opened is checked again, at the moment of opening.
    await runLocally({ config, out: folder, signal, tokenizer, within: roots })
    const again = await openDocuments(join(folder, await folderOfSplit(storage, config)))
    const changed = await changedSource(sources, again.sources)
    if (changed !== undefined || again.length !== dataset.length) {
      const what = changed?.name ?? 'the corpus'
      throw new RunError('corpus-changed', `${what} is not what the dataset was made from`)
    }
    return {
      async recompute(document) {
        const { inputIds, offsets, ...place } = await again.read(document)
        if (inputIds === undefined) throw new Error('Expected ids in a dataset that was made for them')
        if (layout.embedding === 'none') return { ...place, inputIds, offsets }
        const inputsEmbeds = await dataset.embed({ inputIds, offsets })
        if (layout.pool === 'mean')
          return { ...place, offsets, embedding: meanOf(inputsEmbeds, inputIds.length, layout.dim) }
        const block = inputIds.length > 0 ? firstBlock?.of({ inputIds }) : undefined
        return { ...place, inputIds, offsets, inputsEmbeds, ...block }
      },
      async [Symbol.asyncDispose]() {
        await firstBlock?.close()
        await again.close()
        await remove()
      },
    }
  } catch (error) {
    await firstBlock?.close()
    await remove()
    throw error
  }
}

/** The obvious version: one float32 addition after the other, in the order of the positions, and one division. */
function meanOf(vectors: ArrayLike<number>, count: number, dim: number): Float32Array {
  return Float32Array.from({ length: dim }, (_, column) => {
    let sum = Math.fround(0)
    for (let at = 0; at < count; at++) sum = Math.fround(sum + vectors[at * dim + column]!)
    return count === 0 ? 0 : Math.fround(sum / count)
  })
}
