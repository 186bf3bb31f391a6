import type { Encoding, EncodingName } from '@sluice/tokenizer'
import type { Embedder } from '@sluice/embedding'
import type { Generator } from '@sluice/torch-random'
import { checkWhole, invalid } from '../errors.ts'
import { wordsOf } from '../order/keys.ts'
import { checkShard, type ShardOptions } from '../shard.ts'
import type { BatchMemory } from '../source/batch-memory.ts'

/**
 * How to read. Names and defaults are those of `create_dataloader_v1` of "Build a Large Language Model (From Scratch)" and
 * of PyTorch's `DataLoader`, `RandomSampler` and `DistributedSampler`, where they have one.
 */
export interface DataLoaderOptions {
  /** Windows of a batch. @default 4 */
  readonly batchSize?: number
  /** Ids of a window. A dataset has its own, and any other is an error. @default 256 */
  readonly maxLength?: number
  /** Ids from one window to the next. A dataset has its own, and any other is an error. @default 128 */
  readonly stride?: number
  /** The encoding of a text. @default 'gpt2' */
  readonly encoding?: EncodingName | Encoding
  /**
   * - `true`: PyTorch's order; takes four bytes of memory a window.
   * - `'keyed'`: a computed permutation, for any number of windows in constant memory.
   * - `'block'`: the same within and between blocks, for disks that seek slowly.
   *
   * @default true
   */
  readonly shuffle?: boolean | 'keyed' | 'block'
  /** Leave out a last batch that would be short. @default true */
  readonly dropLast?: boolean
  /**
   * `DataLoader(generator=…)`: the order is drawn from it, one epoch after the other, and it advances as PyTorch's does.
   * Not with `globalGenerator`, a `seed`, or several ranks.
   */
  readonly generator?: Generator
  /**
   * What `torch.manual_seed` seeds, for a `DataLoader` without a generator: each iteration draws a base seed from it when it
   * begins (even when nothing is shuffled, so tables drawn later differ), and a shuffled one the sampler's seed with its
   * first batch. With several ranks the order comes from `seed`, as with `DistributedSampler`.
   */
  readonly globalGenerator?: Generator
  /** With `epoch`, gives the order where no generator does: `DistributedSampler(seed=…)`. @default 0 */
  readonly seed?: number | bigint
  /** The first epoch; each iteration is the next one. @default 0 */
  readonly epoch?: number
  /** Draw windows independently of each other, with `shuffle: true`. @default false */
  readonly replacement?: boolean
  /** Windows of an epoch, with `shuffle: true`. @default all, once */
  readonly numSamples?: number
  /** @default 0 */
  readonly rank?: number
  /** Number of ranks. All get the same number of batches. @default 1 */
  readonly worldSize?: number
  /**
   * When windows do not divide evenly among ranks: repeat the first ones of the epoch (`DistributedSampler`'s default), or
   * leave the last ones out (its `drop_last=True`). @default 'pad'
   */
  readonly uneven?: 'pad' | 'drop'
  /** Windows of a block, with `shuffle: 'block'`. @default a record batch of the dataset, or 1024 */
  readonly blockSize?: number
  /** Blocks mixed with each other, with `shuffle: 'block'`. They are kept in memory. @default 4 */
  readonly blocksTogether?: number
  /** Threads that read ahead; 0 reads when a batch is asked for. @default 0 */
  readonly numWorkers?: number
  /** Batches that each thread has under way or ready: memory is `numWorkers · prefetchFactor` batches. @default 2 */
  readonly prefetchFactor?: number
  /** Draw the base seed once for all iterations: `DataLoader(persistent_workers=True)`. @default false */
  readonly persistentWorkers?: boolean
  /**
   * Memory to fill in turn, such as pinned buffers: a batch is valid until its memory's turn comes again. With
   * `numWorkers` they must be on shared memory, and at least one more than are under way.
   *
   * @default new memory for each batch, which may then be kept
   */
  readonly output?: readonly BatchMemory[]
  /** Give `inputsEmbeds` where the dataset has embeddings, full or lazy, and `firstBlock` where it has that column. @default true */
  readonly embeds?: boolean
  /** Columns that documents of the dataset carry along (`keep` of the run), which each batch then has as `kept`. @default [] */
  readonly columns?: readonly string[]
  /** Makes `inputsEmbeds` from the ids of texts, ids, and datasets without embeddings. Stays open. */
  readonly embedder?: Embedder
  /** The ids of a dataset are kept in memory where they take no more bytes than this. @default 256 MiB */
  readonly cacheByteLength?: number
}

/** {@link DataLoaderOptions} with defaults applied and checked. */
export interface ResolvedOptions extends ShardOptions {
  readonly maxLength: number | undefined
  readonly stride: number | undefined
  readonly encoding: EncodingName | Encoding
  readonly shuffle: boolean | 'keyed' | 'block'
  readonly generator: Generator | undefined
  readonly globalGenerator: Generator | undefined
  readonly seed: number | bigint
  readonly epoch: number
  readonly replacement: boolean
  readonly numSamples: number | undefined
  readonly blockSize: number | undefined
  readonly blocksTogether: number
  readonly numWorkers: number
  readonly prefetchFactor: number
  readonly persistentWorkers: boolean
  readonly output: readonly BatchMemory[] | undefined
  readonly embeds: boolean
  readonly columns: readonly string[]
  readonly embedder: Embedder | undefined
  readonly cacheByteLength: number
}

/** Defaults of `create_dataloader_v1`. */
export const bookShape = { maxLength: 256, stride: 128 } as const

/** @throws DataLoaderError `invalid-argument` for an invalid value, or two that contradict each other. */
export function resolveOptions(options: DataLoaderOptions): ResolvedOptions {
  const resolved: ResolvedOptions = {
    batchSize: options.batchSize ?? 4,
    maxLength: options.maxLength,
    stride: options.stride,
    encoding: options.encoding ?? 'gpt2',
    shuffle: options.shuffle ?? true,
    dropLast: options.dropLast ?? true,
    generator: options.generator,
    globalGenerator: options.globalGenerator,
    seed: options.seed ?? 0,
    epoch: checkWhole('epoch', options.epoch ?? 0, 0),
    replacement: options.replacement ?? false,
    numSamples: options.numSamples,
    rank: options.rank ?? 0,
    worldSize: options.worldSize ?? 1,
    uneven: options.uneven ?? 'pad',
    blockSize: options.blockSize,
    blocksTogether: checkWhole('blocksTogether', options.blocksTogether ?? 4, 1),
    numWorkers: checkWhole('numWorkers', options.numWorkers ?? 0, 0),
    prefetchFactor: checkWhole('prefetchFactor', options.prefetchFactor ?? 2, 1),
    persistentWorkers: options.persistentWorkers ?? false,
    output: options.output,
    embeds: options.embeds ?? true,
    columns: options.columns ?? [],
    embedder: options.embedder,
    cacheByteLength: checkWhole('cacheByteLength', options.cacheByteLength ?? 256 << 20, 0),
  }
  checkShard(resolved)
  for (const name of ['maxLength', 'stride', 'blockSize', 'numSamples'] as const) {
    const value = resolved[name]
    if (value !== undefined) checkWhole(name, value, 1)
  }
  wordsOf('seed', resolved.seed)
  checkChoices(resolved)
  checkTogether(options, resolved)
  return resolved
}

function checkChoices({ shuffle, uneven }: ResolvedOptions): void {
  if (![true, false, 'keyed', 'block'].includes(shuffle)) {
    throw invalid(`Expected \`shuffle\` to be true, false, 'keyed' or 'block', got \`${String(shuffle)}\``)
  }
  if (uneven !== 'pad' && uneven !== 'drop') {
    throw invalid(`Expected \`uneven\` to be 'pad' or 'drop', got \`${String(uneven)}\``)
  }
}

/** Options that mean nothing, or two things, next to each other. */
function checkTogether(given: DataLoaderOptions, resolved: ResolvedOptions): void {
  const { shuffle, generator, globalGenerator, worldSize, numWorkers, prefetchFactor, output } = resolved
  if (generator !== undefined && (globalGenerator !== undefined || given.seed !== undefined)) {
    throw invalid('Expected one of `generator`, `globalGenerator` and `seed` to give the order, got several')
  }
  if (generator !== undefined && worldSize > 1) {
    throw invalid('Expected `seed` with several ranks: a `generator` is not the same on all of them')
  }
  if (shuffle !== true && (resolved.replacement || resolved.numSamples !== undefined)) {
    throw invalid('Expected `replacement` and `numSamples` with `shuffle: true` only')
  }
  if (shuffle !== 'block' && (given.blockSize !== undefined || given.blocksTogether !== undefined)) {
    throw invalid("Expected `blockSize` and `blocksTogether` with `shuffle: 'block'` only")
  }
  if (typeof shuffle === 'string' && generator !== undefined) {
    throw invalid(`Expected a \`seed\` with \`shuffle: '${shuffle}'\`: it draws nothing from a \`generator\``)
  }
  const underWay = numWorkers === 0 ? 1 : numWorkers * prefetchFactor + 1
  if (output !== undefined && output.length < underWay) {
    throw invalid(`Expected \`output\` to be memory for at least ${underWay} batches, got ${output.length}`)
  }
}
