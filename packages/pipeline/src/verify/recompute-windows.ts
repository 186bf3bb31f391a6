import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDataset, type Dataset, type Recompute } from '@sluice/dataset'
import { RunError } from '../errors.ts'
import { resolveRunConfig, type RunOptions } from '../plan/run-config.ts'
import { runLocally } from '../run/run-locally.ts'
import { reuseDatasetTokenizer } from '../tokenizer/dataset-tokenizer.ts'
import { changedSource } from './changed-source.ts'
import { confinedSources } from './confined-sources.ts'
import { folderOfSplit } from './folder-of-split.ts'
import { countFilled, openFirstBlock } from './first-block-again.ts'

/** Options of {@link recomputeWindows}. */
export interface RecomputeOptions {
  /** Files that may be read, and folders in which every file may. The dataset names its sources, but does not decide. */
  readonly roots: readonly string[]
  readonly signal: AbortSignal
}

/** A dataset that was written from ids names no corpus. */
export function refuseIds({ manifest: { config }, storage }: Pick<Dataset, 'manifest' | 'storage'>): void {
  const isOfRun = typeof config === 'object' && config !== null && 'corpus' in config
  if (isOfRun) return
  const message = `${storage.location} was written from ids, not from a corpus: there is nothing to compute its windows from`
  throw new RunError('invalid-config', message)
}

/**
 * Makes a dataset's windows again from the corpus: tokenizes all of it into a temporary dataset of ids, and adds the
 * embeddings up from the dataset's own tables, without the graph that made them.
 *
 * @throws RunError `corpus-changed` where a source is not what the manifest says; `forbidden-path` where it may not be read;
 * `invalid-config` for a dataset that `writeDataset` made
 */
export async function recomputeWindows(
  dataset: Dataset,
  { roots, signal }: RecomputeOptions,
): Promise<{ readonly recompute: Recompute } & AsyncDisposable> {
  refuseIds(dataset)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-verify-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const firstBlock = await openFirstBlock(dataset)
  try {
    const options = dataset.manifest.config as unknown as RunOptions
    const corpus = await confinedSources(await dataset.sources.range(0, dataset.sources.count), roots)
    const config = resolveRunConfig({
      ...options,
      corpus,
      embeddings: 'none',
      prune: false,
      reference: false,
      dtype: 'f32',
      layout: 'nested',
    })
    const tokenizer = await reuseDatasetTokenizer(dataset, config)
    // The names were checked above; what is opened is checked again, at the moment of opening.
    await runLocally({ config, out: folder, signal, tokenizer, within: roots })
    const again = await openDataset(join(folder, await folderOfSplit(dataset.storage, config)))
    const changed = await changedSource(dataset.sources, again.sources)
    if (changed !== undefined || again.length !== dataset.length) {
      throw new RunError(
        'corpus-changed',
        `${changed?.name ?? 'the corpus'} is not what the dataset was made from`,
      )
    }
    return {
      recompute: async (window) => {
        const read = await again.read(window)
        const { firstWindow: _window, rows: _rows, cuSeqlens: _lists, pieces: _pieces, ...ids } = read
        if (dataset.layout.embedding === 'none') return ids
        const { inputsEmbeds } = await dataset.embed(read)
        return {
          ...ids,
          ...(inputsEmbeds && { inputsEmbeds }),
          ...firstBlock?.of({ ...read, filled: countFilled(read) }),
        }
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
