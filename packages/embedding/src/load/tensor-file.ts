import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { EmbeddingError } from '../errors.ts'
import { readHeader } from '../safetensors/read-header.ts'
import { readNpyHeader } from './npy-header.ts'
import { openFile, readBounded } from './open-file.ts'
import type { TensorEntry } from '../tensor-entry.ts'

/** The largest index of shards that is read, in bytes: the largest published ones have about 10 MB. */
const mostIndexBytes = 100_000_000

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

/** @throws EmbeddingError `invalid-file`, with what to do where the shard is not there */
async function listShard(indexPath: string, shard: string): Promise<ReadonlyMap<string, LocatedTensor>> {
  const path = join(dirname(indexPath), shard)
  if (existsSync(path)) return listTensors(path)
  throw new EmbeddingError(
    'invalid-file',
    `${path}: the shard is not there, ${basename(indexPath)} names it; fetch it beside the others`,
  )
}

async function listShards(indexPath: string): Promise<ReadonlyMap<string, LocatedTensor>> {
  const index: unknown = parseJson(await readBounded(indexPath, mostIndexBytes), indexPath)
  const weightMap: unknown =
    typeof index === 'object' && index !== null ? Reflect.get(index, 'weight_map') : undefined
  if (typeof weightMap !== 'object' || weightMap === null) {
    throw new EmbeddingError(
      'invalid-file',
      `${indexPath}: expected an object \`weight_map\` of tensor names to files`,
    )
  }
  const places = new Map(Object.entries(weightMap).map(([name, shard]) => [name, String(shard)]))
  const tensors = new Map<string, LocatedTensor>()
  for (const shard of new Set(places.values())) {
    if (shard !== shard.split(/[/\\]/u).at(-1) || !shard.endsWith('.safetensors')) {
      throw new EmbeddingError(
        'invalid-file',
        `${indexPath}: expected safetensors files beside the index, got ${JSON.stringify(shard).slice(0, 80)}`,
      )
    }
    for (const [name, tensor] of await listShard(indexPath, shard)) {
      // A shard may hold tensors that the index has elsewhere, or nowhere: the index decides.
      if (places.get(name) === shard) tensors.set(name, tensor)
    }
  }
  for (const [name, shard] of places) {
    if (tensors.has(name)) continue
    throw new EmbeddingError(
      'invalid-file',
      `${indexPath}: ${name} is said to be in ${shard}, which has no such tensor; fetch the checkpoint again`,
    )
  }
  return tensors
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new EmbeddingError('invalid-file', `${path}: not JSON`, { cause })
  }
}
