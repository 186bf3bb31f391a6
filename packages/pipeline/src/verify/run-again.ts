import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatasetManifest, DatasetStorage, SourceReader } from '@sluice/dataset'
import { RunError } from '../errors.ts'
import { resolveRunConfig, type RunOptions } from '../plan/run-config.ts'
import { runLocally } from '../run/run-locally.ts'
import { reuseDatasetTokenizer } from '../tokenizer/dataset-tokenizer.ts'
import { changedSource } from './changed-source.ts'
import { confinedSources } from './confined-sources.ts'
import { folderOfSplit } from './folder-of-split.ts'

/** How a dataset is recomputed. */
export interface RecomputeOptions {
  /** Files that may be read, and folders in which every file may. The dataset names its sources, but does not decide. */
  readonly roots: readonly string[]
  readonly signal: AbortSignal
}

/** A dataset, or token files, that are made again. */
export interface MadeBefore {
  readonly manifest: Pick<DatasetManifest, 'config' | 'holes'> & {
    readonly identities: Pick<DatasetManifest['identities'], 'tokenizer'>
  }
  readonly storage: DatasetStorage
  readonly sources: SourceReader
  /** Its rows; token files have none. */
  readonly length?: number
}

/** What {@link runAgain} made. */
export interface MadeAgain extends AsyncDisposable {
  /** The folder of the new dataset: temporary, and removed in the end. */
  readonly folder: string
  /**
   * Compares what the two say of their corpus.
   *
   * @throws RunError `corpus-changed` where a source is not the one of before; `poisonous-task` where one of which the dataset has ids
   *   could not be read
   */
  compare(
    again: Pick<MadeBefore, 'sources' | 'length'> & { readonly manifest: Pick<DatasetManifest, 'holes'> },
  ): Promise<void>
}

/**
 * Runs a dataset's corpus again, into a temporary folder. Holes stay: whatever once kept a source from being read, a machine perhaps
 * that is not to blame today, its ids are not in the dataset.
 *
 * @param changes what is made otherwise than before
 * @throws RunError `forbidden-path` where a source may not be read; what runs throw
 */
export async function runAgain(
  { manifest, storage, sources, length }: MadeBefore,
  changes: Partial<RunOptions>,
  { roots, signal }: RecomputeOptions,
): Promise<MadeAgain> {
  const { holes = [] } = manifest
  const folder = await mkdtemp(join(tmpdir(), 'sluice-verify-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const corpus = await confinedSources(await sources.range(0, sources.count), roots)
    const config = resolveRunConfig({ ...(manifest.config as unknown as RunOptions), corpus, ...changes })
    const tokenizer = await reuseDatasetTokenizer({ manifest, storage }, config)
    // The names were checked above; what is opened is checked again, at the moment of opening.
    await runLocally({ config, out: folder, signal, tokenizer, within: roots, holes })
    return {
      folder: join(folder, await folderOfSplit(storage, config)),
      async compare(again) {
        const changed = await changedSource(sources, again.sources)
        if (changed !== undefined)
          throw new RunError('corpus-changed', `${changed.name} is not what the dataset was made from`)
        const known = new Set(holes.map(({ source }) => source))
        const unread = again.manifest.holes?.find(({ source }) => !known.has(source))
        if (unread === undefined && again.length === length) return
        if (unread === undefined)
          throw new RunError('corpus-changed', 'the corpus is not what the dataset was made from')
        const name = (await sources.at(unread.source))?.name
        const message = `${name} could not be read again (${unread.reason}), and the dataset has its ids`
        throw new RunError('poisonous-task', message)
      },
      [Symbol.asyncDispose]: remove,
    }
  } catch (error) {
    await remove()
    throw error
  }
}
