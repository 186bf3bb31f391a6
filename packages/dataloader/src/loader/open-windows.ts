import { Dataset } from '@sluice/dataset'
import { resolveTokenizer } from '@sluice/tokenizer'
import { DataLoaderError } from '../errors.ts'
import type { OrderSource } from './epoch-orders.ts'
import { bookShape, type ResolvedOptions } from './options.ts'
import { AsyncDatasetSource } from '../source/async-dataset-source.ts'
import { IdsSource } from '../source/ids-source.ts'
import { LazySource } from '../source/lazy-source.ts'
import { MixtureSource } from '../source/mixture-source.ts'
import { openFolder } from '../source/open-folder.ts'
import type { WindowSource } from '../source/window-source.ts'
import type { Access } from '../source/access.ts'

/** What windows are cut from: a text, ids, or a dataset, which holds them ready. */
export type WindowInput = string | Int32Array | Uint32Array | Uint16Array | readonly number[] | Dataset

/** Sources mixed by weight. */
export interface Mixture {
  readonly mixture: readonly {
    readonly source: WindowInput
    /** Its share, in any unit. */
    readonly weight: number
  }[]
  /** Windows of an epoch. @default as many as all sources together have */
  readonly windowsPerEpoch?: number
}

/** Windows, and what their order is made from. */
export interface OpenedWindows {
  readonly windows: WindowSource
  readonly order: OrderSource
}

/** Windows of a block where no dataset says how many lie together. */
const defaultBlockSize = 1024

/** Opens one input. */
export async function openWindows(input: WindowInput, options: ResolvedOptions): Promise<OpenedWindows> {
  const blockSize = input instanceof Dataset ? input.layout.rowsPerBatch : defaultBlockSize
  const windows = await openInput(input, options, accessOf(options, options.blockSize ?? blockSize))
  return { windows, order: { length: windows.length, blockSize, mixture: undefined } }
}

/** Opens all inputs of a mixture. */
export async function openMixture(
  { mixture, windowsPerEpoch }: Mixture,
  options: ResolvedOptions,
): Promise<OpenedWindows> {
  const access = accessOf(options, defaultBlockSize)
  const sources: WindowSource[] = []
  for (const { source } of mixture) sources.push(await openInput(source, options, access))
  const windows = new MixtureSource(sources)
  const parts = {
    lengths: sources.map(({ length }) => length),
    weights: mixture.map(({ weight }) => weight),
    windowsPerEpoch: windowsPerEpoch ?? windows.length,
  }
  return { windows, order: { length: windows.length, blockSize: defaultBlockSize, mixture: parts } }
}

async function openInput(
  input: WindowInput,
  options: ResolvedOptions,
  access: Access,
): Promise<WindowSource> {
  const source =
    input instanceof Dataset ? await openDatasetInput(input, options, access) : await openIds(input, options)
  const { embedder } = options
  if (embedder === undefined || source.format.dim > 0) return source
  return new LazySource(source, { embedder, owned: false, embedsType: 'f32' })
}

async function openDatasetInput(
  dataset: Dataset,
  options: ResolvedOptions,
  access: Access,
): Promise<WindowSource> {
  const { maxLength } = dataset.layout
  const { stride } = dataset.manifest.windows
  for (const [name, own, asked] of [
    ['maxLength', maxLength, options.maxLength],
    ['stride', stride, options.stride],
  ] as const) {
    if (asked === undefined || asked === own) continue
    throw new DataLoaderError(
      'invalid-argument',
      `Expected \`${name}\` to be ${own}, as the dataset was made with, got ${asked}; make the dataset again or leave it out`,
    )
  }
  const { embeds, cacheByteLength } = options
  if (dataset.storage.openReadSync === undefined) return new AsyncDatasetSource(dataset, { embeds })
  return openFolder(dataset, { embeds, access, cacheByteLength }, true)
}

async function openIds(input: Exclude<WindowInput, Dataset>, options: ResolvedOptions): Promise<IdsSource> {
  const { maxLength = bookShape.maxLength, stride = bookShape.stride, encoding } = options
  const ids = typeof input === 'string' ? await encode(input, encoding) : toIds(input)
  const source = new IdsSource(ids, { maxLength, stride })
  if (typeof input !== 'string' || source.length > 0) return source
  throw new DataLoaderError(
    'empty',
    `Expected a text of more than ${maxLength} ids, a window and its target, got ${ids.length}; use a smaller \`maxLength\``,
  )
}

async function encode(text: string, encoding: ResolvedOptions['encoding']): Promise<Int32Array> {
  const encoder =
    typeof encoding === 'string' ? (await resolveTokenizer({ name: encoding })).encoding : encoding
  return toIds(encoder.encode(text, { allowedSpecial: ['<|endoftext|>'] })) as Int32Array
}

function toIds(ids: Int32Array | Uint32Array | Uint16Array | readonly number[]): Int32Array | Uint16Array {
  if (ids instanceof Int32Array || ids instanceof Uint16Array) return ids
  if (ids instanceof Uint32Array) return new Int32Array(ids.buffer, ids.byteOffset, ids.length)
  if (Array.isArray(ids)) return Int32Array.from(ids)
  throw new DataLoaderError(
    'invalid-argument',
    `Expected a text, ids (an array, Int32Array, Uint32Array or Uint16Array) or a dataset that openDataset opened, got ${kindOf(ids)}`,
  )
}

/** What a value is, for those who do not check types. */
function kindOf(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value)
  return `${Object.prototype.toString.call(value).slice(8, -1)} { ${Object.keys(value).slice(0, 3).join(', ')} }`
}

function accessOf({ shuffle, blocksTogether }: ResolvedOptions, blockSize: number): Access {
  if (shuffle === false) return { kind: 'sequential' }
  return shuffle === 'block' ? { kind: 'blocks', blockSize, blocksTogether } : { kind: 'random' }
}
