import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EmbeddingError } from '../errors.ts'
import { listTensors, type LocatedTensor } from '../load/tensor-file.ts'
import { partPrefixes } from './families/parts.ts'
import type { EmbeddingRecipe } from './recipe.ts'

/** The tensors of a checkpoint, looked up behind the prefix under which its token table was found. */
export interface ModelTensors {
  readonly token: LocatedTensor
  /** The head's tensor stands for the token table, because the checkpoint is tied and stores nothing else. */
  readonly isHead: boolean
  /** Further tensors of the checkpoint that the recipe calls a token table, behind the one that is used. */
  readonly others: readonly LocatedTensor[]
  /** Returns a tensor by its name behind the prefix. */
  find(name: string): LocatedTensor | undefined
}

/**
 * Lists the tensors of a model folder: `model.safetensors`, or its shards by `model.safetensors.index.json`. Only headers
 * are read.
 *
 * @throws EmbeddingError `invalid-file` for a folder without safetensors, or with a missing shard
 */
export async function listModelTensors(directory: string): Promise<ReadonlyMap<string, LocatedTensor>> {
  for (const name of ['model.safetensors.index.json', 'model.safetensors']) {
    const path = join(directory, name)
    if (existsSync(path)) return listTensors(path)
  }
  const names = (await readdir(directory)).toSorted()
  const other = names.find((name) => /\.(?:bin|pt|pth|ckpt|gguf|h5)$/u.test(name)) ?? ''
  const named = names.filter((name) => name.endsWith('.safetensors'))
  const shard = named.find((name) => /-of-\d+\.safetensors$/u.test(name))
  const why = /\.(?:gguf|h5)$/u.test(other) ? 'another format, which' : 'unpickling runs code, so it'
  const found =
    shard !== undefined
      ? `, found ${shard}: a shard, whose index must lie beside it; fetch that too`
      : other !== ''
        ? `, found ${other}: ${why} is not read; save the model with safe_serialization`
        : named[0] === undefined
          ? '; save the model with safe_serialization'
          : `, found ${named[0]}; rename it, if it is the whole model`
  throw new EmbeddingError(
    'invalid-file',
    `${directory}: expected model.safetensors or model.safetensors.index.json${found}`,
  )
}

/**
 * Finds the tensors of a recipe.
 *
 * @param tied - whether the head and the token table are one
 * @param isPart - the model is a part of the one whose tensors these are
 * @throws EmbeddingError `tensor-not-found`, listing the tables that are there
 */
export function findModelTensors(
  tensors: ReadonlyMap<string, LocatedTensor>,
  recipe: EmbeddingRecipe,
  {
    modelType,
    tied,
    isPart,
    path,
    quantization,
  }: {
    readonly modelType: string
    readonly tied: boolean
    readonly isPart: boolean
    readonly path: string
    readonly quantization?: string | undefined
  },
): ModelTensors {
  const { prefixes: own, token: names, head } = recipe
  const prefixes = isPart ? [...own, ...partPrefixes.flatMap((part) => own.map((name) => part + name))] : own
  for (const name of names) {
    for (const prefix of prefixes) {
      const token = tensors.get(prefix + name)
      if (token === undefined) continue
      const others = names.flatMap((other) => (other === name ? [] : (tensors.get(prefix + other) ?? [])))
      return { token, isHead: false, others, find: (wanted) => tensors.get(prefix + wanted) }
    }
  }
  const heads =
    head === undefined || !tied ? [] : isPart ? [head, ...partPrefixes.map((part) => part + head)] : [head]
  const token = heads.map((name) => tensors.get(name)).find((tensor) => tensor !== undefined)
  if (token !== undefined) {
    const behind = (wanted: string): LocatedTensor | undefined =>
      prefixes.map((prefix) => tensors.get(prefix + wanted)).find((tensor) => tensor !== undefined)
    return { token, isHead: true, others: [], find: behind }
  }
  if (quantization !== undefined && packedTables(tensors, { prefixes, token: names }).length > 0)
    throw new EmbeddingError(
      'unsupported-dtype',
      `${path}: the token table of this ${modelType} was quantized (${quantization}: ${packedTables(tensors, { prefixes, token: names })[0]}); quantized tables are not read`,
    )
  const wanted = own.flatMap((prefix) => names.map((name) => prefix + name))
  const inPart = isPart ? ', alone or behind the name of its part' : ''
  const tables = Array.from(tensors.values()).filter(({ shape }) => shape.length === 2)
  const listed = tables.slice(0, 8).map(({ name, shape }) => `${name} [${shape.join(', ')}]`)
  throw new EmbeddingError(
    'tensor-not-found',
    `${path}: a ${modelType} model has its token table as ${wanted.join(' or ')}${inPart}; this checkpoint has ${listed.join(', ') || 'no table'}${tables.length > 8 ? `, … (${tables.length} in all)` : ''}`,
    { hint: { option: 'tokenTensor', value: 'NAME', effect: 'takes the rows of that tensor as they are' } },
  )
}

/** What quantization left in place of a token table: `embed_tokens.qweight` and the like. */
function packedTables(
  tensors: ReadonlyMap<string, LocatedTensor>,
  { prefixes, token }: Pick<EmbeddingRecipe, 'prefixes' | 'token'>,
): readonly string[] {
  const stems = prefixes.flatMap((prefix) => token.map((name) => `${prefix}${name.replace(/weight$/, '')}`))
  return Array.from(tensors.keys()).filter((name) =>
    stems.some(
      (stem) =>
        name.startsWith(stem) &&
        /^(?:qweight|qzeros|scales|weight_packed|weight\.)/.test(name.slice(stem.length)),
    ),
  )
}
