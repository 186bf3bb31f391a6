import { openDataset, type Dataset, type Recompute } from '@sluice/dataset'
import { RunError } from '../errors.ts'
import { countFilled, openFirstBlock } from './first-block-again.ts'
import { runAgain, type MadeAgain, type RecomputeOptions } from './run-again.ts'

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
 * @throws RunError `corpus-changed` where a source is not what the manifest says; `poisonous-task` where one of which there are ids could
 * not be read; `forbidden-path` where it may not be; `invalid-config` for a dataset that `writeDataset` made
 */
export async function recomputeWindows(
  dataset: Dataset,
  options: RecomputeOptions,
): Promise<{ readonly recompute: Recompute } & AsyncDisposable> {
  refuseIds(dataset)
  const firstBlock = await openFirstBlock(dataset)
  let made: MadeAgain | undefined
  let again: Dataset | undefined
  const close = async (): Promise<void> => {
    await firstBlock?.close()
    await again?.close()
    await made?.[Symbol.asyncDispose]()
  }
  try {
    made = await runAgain(
      dataset,
      { embeddings: 'none', prune: false, reference: false, dtype: 'f32', layout: 'nested' },
      options,
    )
    const windows = (again = await openDataset(made.folder))
    await made.compare(windows)
    return {
      recompute: async (window) => {
        const read = await windows.read(window)
        const { firstWindow: _window, rows: _rows, cuSeqlens: _lists, pieces: _pieces, ...ids } = read
        if (dataset.layout.embedding === 'none') return ids
        const { inputsEmbeds } = await dataset.embed(read)
        return {
          ...ids,
          ...(inputsEmbeds && { inputsEmbeds }),
          ...firstBlock?.of({ ...read, filled: countFilled(read) }),
        }
      },
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
