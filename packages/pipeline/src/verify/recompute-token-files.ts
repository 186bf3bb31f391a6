import { folderStorage, openSources, readTokenManifest, type DatasetStorage } from '@sluice/dataset'
import { runAgain, type RecomputeOptions } from './run-again.ts'

/**
 * Makes token files again from the corpus, in a temporary folder.
 *
 * @throws RunError `corpus-changed` where a source is not what the manifest says; `poisonous-task` where one of which there are ids could
 * not be read; `forbidden-path` where it may not be
 */
export async function recomputeTokenFiles(
  storage: DatasetStorage,
  options: RecomputeOptions,
): Promise<{ readonly again: DatasetStorage } & AsyncDisposable> {
  const manifest = await readTokenManifest(storage)
  const sources = openSources(storage, manifest.sources)
  const made = await runAgain({ manifest, storage, sources }, {}, options)
  try {
    const again = folderStorage(made.folder)
    const manifestAgain = await readTokenManifest(again)
    await made.compare({ manifest: manifestAgain, sources: openSources(again, manifestAgain.sources) })
    return { again, [Symbol.asyncDispose]: () => made[Symbol.asyncDispose]() }
  } catch (error) {
    await made[Symbol.asyncDispose]()
    throw error
  }
}
