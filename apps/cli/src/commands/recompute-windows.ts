import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalJson, openDataset, type Dataset, type Recompute } from '@sluice/dataset'
import { resolveRunConfig, runLocally, type RunOptions } from '@sluice/pipeline'
import { CommandError } from '../errors.ts'

/**
 * Makes windows again from the corpus: tokenizes all of it into a temporary dataset of ids, and looks the embeddings up
 * in the dataset's own tables, by plain addition and not by the graph that made them.
 *
 * @throws CommandError `corpus-changed` where a source is not what the manifest says
 */
export async function recomputeWindows(
  dataset: Dataset,
  signal: AbortSignal,
): Promise<{ readonly recompute: Recompute } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-verify-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const options = dataset.manifest.config as unknown as RunOptions
    const config = resolveRunConfig({ ...options, embeddings: 'none', dtype: 'f32', layout: 'nested' })
    await runLocally({ config, out: folder, signal })
    const again = await openDataset(folder)
    const { sources } = dataset.manifest
    const changed = sources.find(
      (source, index) => canonicalJson(source) !== canonicalJson(again.manifest.sources[index] ?? null),
    )
    if (changed !== undefined || again.length !== dataset.length) {
      throw new CommandError(
        'corpus-changed',
        `${changed?.name ?? 'the corpus'} is not what the dataset was made from`,
      )
    }
    return {
      recompute: async (window) => {
        const { firstWindow: _window, rows: _rows, cuSeqlens: _lists, ...ids } = await again.read(window)
        if (dataset.layout.embedding === 'none') return ids
        const { inputsEmbeds } = await dataset.embed(await again.read(window))
        return { ...ids, ...(inputsEmbeds && { inputsEmbeds }) }
      },
      async [Symbol.asyncDispose]() {
        await again.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}
