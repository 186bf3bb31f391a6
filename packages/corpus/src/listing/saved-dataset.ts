import { join } from 'node:path'
import { openRegularFile } from '@sluice/confined-file'
import { pathOfString } from '../bytes/path-bytes.ts'
import { CorpusError } from '../errors.ts'

/** A folder that Hugging Face's `Dataset.save_to_disk` or `DatasetDict.save_to_disk` wrote. */
export interface SavedDataset {
  /** The entries with rows, in their order: the shards of a dataset, or the folders of the splits of a dict. */
  readonly entries: readonly string[]
}

/** Descriptions are small; a larger file is something else. */
const maxDescriptionBytes = 1 << 22

/**
 * Reads the description of a saved dataset; `undefined` for any other folder. A dict gives all its splits, in the order in
 * which its description names them: to read one, give its folder.
 *
 * @param names entries of the folder
 * @throws CorpusError `not-found` if the description names files that are not there
 */
export async function readSavedDataset(
  folder: string,
  names: readonly string[],
): Promise<SavedDataset | undefined> {
  const entries = names.includes('dataset_dict.json')
    ? splitsOf(await readJson(join(folder, 'dataset_dict.json')))
    : names.includes('state.json') && names.includes('dataset_info.json')
      ? shardsOf(await readJson(join(folder, 'state.json')))
      : undefined
  const missing = entries?.find((entry) => !names.includes(entry))
  if (missing !== undefined) {
    const message = `this saved dataset names ${JSON.stringify(missing)}, which is not in its folder; copy it again`
    throw new CorpusError('not-found', message, { source: folder })
  }
  return entries === undefined ? undefined : { entries }
}

function splitsOf(description: unknown): readonly string[] | undefined {
  return namesOf(member(description, 'splits'))
}

function shardsOf(state: unknown): readonly string[] | undefined {
  const files = member(state, '_data_files')
  return Array.isArray(files) ? namesOf(files.map((file: unknown) => member(file, 'filename'))) : undefined
}

/** Names that are entries of a folder; what comes with a corpus must not lead out of it. */
function namesOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const names = value.filter((name): name is string => typeof name === 'string')
  return names.length === value.length && new Set(names).size === names.length ? names : undefined
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined
}

/** The JSON in a small file; `undefined` for anything else. */
async function readJson(path: string): Promise<unknown> {
  // Nothing but a file: a named pipe of that name would be waited for.
  const handle = await openRegularFile(pathOfString(path)).catch(() => undefined)
  if (handle === undefined) return undefined
  try {
    const { size } = await handle.stat()
    return size > maxDescriptionBytes ? undefined : JSON.parse((await handle.readFile()).toString())
  } catch {
    return undefined
  } finally {
    await handle.close()
  }
}
