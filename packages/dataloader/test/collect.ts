import type { Batch, DataLoader } from '../src/index.ts'

/** What a batch says, in plain arrays that can be compared. */
export interface PlainBatch {
  readonly epoch: number
  readonly step: number
  readonly windows: number[]
  readonly inputs: number[][]
  readonly targets: number[][]
}

const rowsOf = (values: ArrayLike<number>, [rows, length]: readonly [number, number]): number[][] =>
  Array.from({ length: rows }, (_, row) => Array.from(values).slice(row * length, (row + 1) * length))

export function plain({ epoch, step, shape, windows, inputIds, targetIds }: Batch): PlainBatch {
  return {
    epoch,
    step,
    windows: [...windows],
    inputs: rowsOf(inputIds, shape),
    targets: rowsOf(targetIds, shape),
  }
}

/** All batches of one epoch. */
export async function epochOf(loader: DataLoader): Promise<PlainBatch[]> {
  const batches: PlainBatch[] = []
  for await (const batch of loader) batches.push(plain(batch))
  return batches
}

/** The windows of each batch of one epoch. */
export async function windowsOf(loader: DataLoader): Promise<number[][]> {
  return (await epochOf(loader)).map(({ windows }) => windows)
}
