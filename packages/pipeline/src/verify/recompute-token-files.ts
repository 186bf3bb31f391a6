import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderStorage, openSources, readTokenManifest, type DatasetStorage } from '@sluice/dataset'
import { RunError } from '../errors.ts'
import { resolveRunConfig, type RunOptions } from '../plan/run-config.ts'
import { runLocally } from '../run/run-locally.ts'
import { reuseDatasetTokenizer } from '../tokenizer/dataset-tokenizer.ts'
import { changedSource } from './changed-source.ts'
import { confinedSources } from './confined-sources.ts'
import { folderOfSplit } from './folder-of-split.ts'
import type { RecomputeOptions } from './recompute-windows.ts'

/**
 * Makes token files again from the corpus, in a temporary folder.
 *
 * @throws RunError `corpus-changed` where a source is not what the manifest says; `forbidden-path` where it may not be read
 */
export async function recomputeTokenFiles(
  storage: DatasetStorage,
  { roots, signal }: RecomputeOptions,
): Promise<{ readonly again: DatasetStorage } & AsyncDisposable> {
  const manifest = await readTokenManifest(storage)
  const sources = openSources(storage, manifest.sources)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-verify-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const corpus = await confinedSources(await sources.range(0, sources.count), roots)
    const config = resolveRunConfig({ ...(manifest.config as unknown as RunOptions), corpus })
    const tokenizer = await reuseDatasetTokenizer({ manifest, storage }, config)
    // The names were checked above; what is opened is checked again, at the moment of opening.
    await runLocally({ config, out: folder, signal, tokenizer, within: roots })
    const again = folderStorage(join(folder, await folderOfSplit(storage, config)))
    const made = openSources(again, (await readTokenManifest(again)).sources)
    const changed = await changedSource(sources, made)
    if (changed !== undefined)
      throw new RunError('corpus-changed', `${changed.name} is not what the dataset was made from`)
    return { again, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}
