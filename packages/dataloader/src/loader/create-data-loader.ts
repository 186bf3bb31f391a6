import { ThreadReader } from '../prefetch/thread-reader.ts'
import { openMixture, openWindows, type Mixture, type WindowInput } from './open-windows.ts'
import { DirectReader } from '../source/batch-reader.ts'
import { DataLoader } from './data-loader.ts'
import { invalid } from '../errors.ts'
import { resolveOptions, type DataLoaderOptions } from './options.ts'

/**
 * Batches for training over a text, ids, a dataset, or a mixture of them.
 *
 * With no options but a `globalGenerator`, `createDataLoader(text)` gives the batches of `create_dataloader_v1(text)` of
 * "Build a Large Language Model (From Scratch)" after `torch.manual_seed`.
 *
 * @throws DataLoaderError `invalid-argument`; `empty` when there is no window to shuffle or a text is too short for one;
 * `mismatch` when a lazy dataset's tables are not those of its manifest, or mixed sources differ.
 */
export async function createDataLoader(
  source: WindowInput | Mixture,
  options: DataLoaderOptions = {},
): Promise<DataLoader> {
  const resolved = resolveOptions(options)
  const opened =
    typeof source === 'object' && 'mixture' in source
      ? await openMixture(source, resolved)
      : await openWindows(source, resolved)
  const { windows, order } = opened
  const { numWorkers, prefetchFactor, batchSize, output } = resolved
  if (numWorkers === 0) {
    return new DataLoader(windows, new DirectReader(windows, output, batchSize), order, resolved)
  }
  const description = windows.describe()
  if (description === undefined) {
    throw invalid('Expected `numWorkers: 0`: this source or embedder cannot be used from another thread')
  }
  const reader = await ThreadReader.start(description, windows.format, {
    numWorkers,
    prefetchFactor,
    batchSize,
    output,
  })
  return new DataLoader(windows, reader, order, resolved)
}
