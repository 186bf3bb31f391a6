import { textAt } from '../part/text-values.ts'
import { bytesOf } from '../layout/typed-array.ts'
import type { Dataset } from '../reader/dataset.ts'
import type { WindowBatch } from '../reader/window-batch.ts'
import type { Problem } from './problem.ts'

/** One window made again from its source: any columns, each with the values of one row. */
export type RecomputedWindow = Partial<Omit<WindowBatch, 'firstWindow' | 'rows' | 'cuSeqlens' | 'pieces'>> & {
  /** Whether what is stored is within the tolerance that the manifest states; absent where bits must be equal. */
  readonly isCloseFirstBlock?: (stored: Float32Array | Uint16Array) => boolean
}

/** Makes a window again from the source text; how is the caller's business. */
export type Recompute = (window: number) => Promise<RecomputedWindow>

/** `count` windows spread evenly over the dataset, the first and the last among them. */
export function spreadWindows(length: number, count: number): number[] {
  const steps = Math.min(length, count)
  if (steps <= 1) return length === 0 || count === 0 ? [] : [0]
  return Array.from({ length: steps }, (_, step) => Math.round((step * (length - 1)) / (steps - 1)))
}

const comparedNames = [
  'inputIds',
  'targetIds',
  'inputsEmbeds',
  'firstBlock',
  'positionIds',
  'documentIds',
  'document',
  'source',
  'byteStart',
  'byteEnd',
] as const satisfies readonly (keyof RecomputedWindow)[]

/** Recomputes windows and compares every column that was recomputed byte for byte. */
export async function verifyWindows(
  dataset: Dataset,
  windows: readonly number[],
  recompute: Recompute,
): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const window of windows) {
    const stored: RecomputedWindow = await dataset.read(window)
    const again = await recompute(window)
    problems.push(...compareKept(dataset, window, stored, again))
    for (const name of comparedNames) {
      const expected = again[name]
      const found = stored[name]
      if (expected === undefined) continue
      if (found !== undefined && Buffer.compare(bytesOf(found), bytesOf(expected)) === 0) continue
      if (name === 'firstBlock' && stored.firstBlock && again.isCloseFirstBlock?.(stored.firstBlock)) continue
      const index =
        found?.findIndex((value: number | bigint, at: number) => !Object.is(value, expected[at])) ?? 0
      problems.push({
        code: 'wrong-window',
        file: partOf(dataset, window),
        message:
          `Window ${window}: \`${name}\` differs from what its source gives at element ${index}: ` +
          `stored ${String(found?.[index])}, recomputed ${String(expected[index])}`,
      })
    }
  }
  return problems
}

/** Compares the values of each kept column. */
function compareKept(
  dataset: Dataset,
  window: number,
  stored: RecomputedWindow,
  again: RecomputedWindow,
): Problem[] {
  return (again.kept ?? []).flatMap((expected, place): Problem[] => {
    const found = stored.kept?.[place]
    const text = found && textAt(found, 0)
    if (found !== undefined && text === textAt(expected, 0)) return []
    const name = dataset.layout.kept?.names[place] ?? ''
    const message =
      `Window ${window}: \`${name}\` differs from what its source gives: ` +
      `stored ${JSON.stringify(text)}, recomputed ${JSON.stringify(textAt(expected, 0))}`
    return [{ code: 'wrong-window', file: partOf(dataset, window), message }]
  })
}

function partOf({ manifest }: Dataset, window: number): string {
  return manifest.parts.findLast(({ firstWindow }) => firstWindow <= window)?.name ?? 'parts'
}
