import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openRegularFile } from '@sluice/confined-file'
import { EmbeddingError } from '../errors.ts'
import { readHeader } from '../safetensors/read-header.ts'
import { readNpyHeader } from './npy-header.ts'
import type { TensorEntry } from '../tensor-entry.ts'

/** A tensor and the file that holds it. */
export interface LocatedTensor extends TensorEntry {
  readonly name: string
  readonly path: string
}

/**
 * The tensors of a `.safetensors` file, of a sharded checkpoint (its `….safetensors.index.json`), or the one array of a
 * `.npy` file, which has no name and gets `array`. Only headers are read.
 *
 * @throws EmbeddingError `invalid-file` or `unsupported-dtype`.
 */
export async function listTensors(path: string): Promise<ReadonlyMap<string, LocatedTensor>> {
  if (path.endsWith('.index.json')) return listShards(path)
  if (/\.(?:bin|pt|pth|ckpt)$/u.test(path)) {
    throw new EmbeddingError(
      'invalid-file',
      `${path}: pickled checkpoints are not read (unpickling runs code); save it with safetensors.torch.save_file`,
    )
  }
  const file = await openFile(path)
  try {
    const tensors = path.endsWith('.npy')
      ? new Map([['array', await readNpyHeader(file, path)]])
      : (await readHeader(file, path)).tensors
    return new Map(Array.from(tensors, ([name, entry]) => [name, { ...entry, name, path }]))
  } finally {
    await file.close()
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await openRegularFile(path)
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown'
    throw new EmbeddingError('invalid-file', `${path}: cannot be opened (${why})`, { cause })
  }
}

async function readText(path: string): Promise<string> {
  await using file = await openFile(path)
  return await file.readFile('utf8')
}

async function listShards(indexPath: string): Promise<ReadonlyMap<string, LocatedTensor>> {
  const index: unknown = parseJson(await readText(indexPath), indexPath)
  const weightMap: unknown =
    typeof index === 'object' && index !== null ? Reflect.get(index, 'weight_map') : undefined
  if (typeof weightMap !== 'object' || weightMap === null) {
    throw new EmbeddingError(
      'invalid-file',
      `${indexPath}: expected an object \`weight_map\` of tensor names to files`,
    )
  }
  const shards = new Set(Object.values(weightMap).map(String))
  const tensors = new Map<string, LocatedTensor>()
  for (const shard of shards) {
    if (shard !== shard.split(/[/\\]/u).at(-1)) {
      throw new EmbeddingError('invalid-file', `${indexPath}: expected files beside the index, got ${shard}`)
    }
    for (const [name, tensor] of await listTensors(join(dirname(indexPath), shard))) tensors.set(name, tensor)
  }
  return tensors
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new EmbeddingError('invalid-file', `${path}: not JSON`, { cause })
  }
}
