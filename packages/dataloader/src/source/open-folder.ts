import type { Dataset } from '@sluice/dataset'
import { DatasetSource } from './dataset-source.ts'
import type { DatasetSourceSettings } from './description.ts'
import { LazySource, openEmbedderOf } from './lazy-source.ts'
import type { WindowSource } from './window-source.ts'

/**
 * Windows of a dataset in a folder.
 *
 * @param verify - prove by their hashes that the tables of a lazy dataset are those it was made with.
 */
export async function openFolder(
  dataset: Dataset,
  settings: DatasetSourceSettings,
  verify: boolean,
): Promise<WindowSource> {
  const source = new DatasetSource(dataset, settings)
  if (!settings.embeds || dataset.layout.embedding !== 'lazy') return source
  const embedder = await openEmbedderOf(dataset, verify)
  const embedsType = dataset.layout.dtype
  return new LazySource(source, { embedder, owned: true, embedsType }, () => source.describe())
}
