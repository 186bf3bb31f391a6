import { KeyedPermutation } from '@sluice/dataloader'
import type { DatasetStorage, ShuffleRule } from '@sluice/dataset'
import { Generator, randperm } from '@sluice/torch-random'

/** Which window each row of the dataset holds. */
export interface RowOrder {
  /** Fills `target` with the windows of rows `first` and on. */
  read(first: number, target: Float64Array): Promise<void>
  close(): Promise<void>
}

/** Largest count that uses `torch.randperm`: 64 MiB while it is written. */
export const mostDrawnWindows = 2 ** 24

/** Method that shuffles `windows` windows. */
export function shuffleMethodOf(windows: number): ShuffleRule['method'] {
  return windows <= mostDrawnWindows ? 'torch.randperm' : 'keyed'
}

const nameOf = (windows: number, seed: number | string): string => `tokens/order-${seed}-${windows}.i32`

/**
 * Makes the order of a run's rows ready for whoever makes a part: a drawn permutation lies in a file that parts read
 * their range of, a keyed one is computed where it is needed.
 */
export async function publishOrder(
  storage: DatasetStorage,
  windows: number,
  seed: number | string,
): Promise<void> {
  if (shuffleMethodOf(windows) === 'keyed') return
  const name = nameOf(windows, seed)
  if ((await storage.stat(name)) !== undefined) return
  const staged = await storage.stage('tokens.order')
  try {
    const order = randperm(windows, new Generator(BigInt(seed)))
    await staged.write([new Uint8Array(order.buffer, order.byteOffset, order.byteLength)])
    await staged.publish(name)
  } finally {
    await staged.discard()
  }
}

/** Opens the order that {@link publishOrder} made ready. */
export async function openOrder(
  storage: DatasetStorage,
  windows: number,
  seed: number | string,
): Promise<RowOrder> {
  if (shuffleMethodOf(windows) === 'keyed') {
    const order = new KeyedPermutation(windows, { seed: BigInt(seed), epoch: 0 })
    return {
      async read(first, target) {
        for (let index = 0; index < target.length; index++) target[index] = order.at(first + index)
      },
      async close() {},
    }
  }
  const handle = await storage.openRead(nameOf(windows, seed))
  return {
    async read(first, target) {
      const order = new Int32Array(target.length)
      await handle.read(new Uint8Array(order.buffer), first * Int32Array.BYTES_PER_ELEMENT)
      target.set(order)
    },
    close: () => handle.close(),
  }
}
