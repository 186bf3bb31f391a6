/**
 * In which order the windows of one epoch are read, over all ranks together: position 0 first. Ranks, batches and
 * resuming are arithmetic on positions, so an order knows nothing of them.
 */
export interface Order {
  /** Number of positions; some orders hold a window more than once. */
  readonly length: number
  /** The window at a position in `[0, length)`. */
  at(position: number): number
  /**
   * Called when the end has been looked for, once an epoch: PyTorch's random sampler draws once more then, and
   * a generator that is used again must be left where PyTorch leaves it.
   */
  exhaust?(): void
}

/** Windows as they lie: `SequentialSampler`. */
export function sequentialOrder(length: number): Order {
  return { length, at: (position) => position }
}
