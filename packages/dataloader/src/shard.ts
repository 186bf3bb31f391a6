import { DataLoaderError, checkWhole } from './errors.ts'

/**
 * How an epoch's order is dealt out: position `p` belongs to rank `p mod worldSize`, as
 * `torch.utils.data.DistributedSampler` deals, and batch `k` of a rank is its `batchSize` next ones. So the batches `k` of
 * all ranks together are one stretch of the order, and how far a run has come is one number, whatever `worldSize` was.
 */
export interface ShardOptions {
  readonly batchSize: number
  /** Leave out a last batch that would be short. */
  readonly dropLast: boolean
  readonly rank: number
  readonly worldSize: number
  /** When windows do not divide evenly among ranks: repeat the first ones (`pad`) or leave the last ones out (`drop`). */
  readonly uneven: 'pad' | 'drop'
}

/** @throws DataLoaderError `invalid-argument`. */
export function checkShard(options: ShardOptions): void {
  checkWhole('batchSize', options.batchSize, 1)
  checkWhole('worldSize', options.worldSize, 1)
  checkWhole('rank', options.rank, 0)
  if (options.rank >= options.worldSize) {
    throw new DataLoaderError(
      'invalid-argument',
      `Expected \`rank\` to be less than \`worldSize\`, got ${options.rank} of ${options.worldSize}`,
    )
  }
}

/** Windows that each rank gets from position `start` on; the same for all. */
export function windowsPerRank(length: number, start: number, shard: ShardOptions): number {
  const left = Math.max(0, length - start) / shard.worldSize
  return shard.uneven === 'pad' ? Math.ceil(left) : Math.floor(left)
}

/** Batches that each rank gets from position `start` on; the same for all. */
export function batchesPerRank(length: number, start: number, shard: ShardOptions): number {
  const batches = windowsPerRank(length, start, shard) / shard.batchSize
  return shard.dropLast ? Math.floor(batches) : Math.ceil(batches)
}

/** The positions of one batch: `first`, `first + step`, …, `rows` of them; those past the order's end begin again at 0. */
export interface BatchPositions {
  readonly first: number
  readonly step: number
  readonly rows: number
}

/** The positions of batch `number` of this rank, counted from `start`. */
export function batchPositions(
  length: number,
  start: number,
  number: number,
  shard: ShardOptions,
): BatchPositions {
  const { batchSize, rank, worldSize } = shard
  const before = number * batchSize
  const rows = Math.min(batchSize, windowsPerRank(length, start, shard) - before)
  return { first: start + before * worldSize + rank, step: worldSize, rows }
}

/** How far the run is when all ranks have taken `batches` batches from `start` on. */
export function positionAfter(length: number, start: number, batches: number, shard: ShardOptions): number {
  return Math.min(Math.max(start, length), start + batches * shard.batchSize * shard.worldSize)
}
