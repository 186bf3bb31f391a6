import { DataLoaderError } from '../errors.ts'

/**
 * Where a run is, as plain JSON. It holds no rank, batch size or number of workers: any number of ranks can resume from
 * it. The Python reader writes and reads the same for `sequential`, `keyed` and `block` orders.
 */
export interface DataLoaderState {
  readonly version: 1
  /** What was being read: another dataset is refused. */
  readonly source: string
  /** Which order: another one is refused. */
  readonly order: OrderState
  readonly epoch: number
  /** Windows of the epoch's order that all ranks together have taken. */
  readonly consumed: number
  /** Where generators stand, when the order is drawn from one. */
  readonly draws?: DrawsState
}

/** The part of an order's description that two runs must share. */
export type OrderState =
  | { readonly kind: 'sequential'; readonly length: number }
  | { readonly kind: 'keyed'; readonly length: number; readonly seed: string }
  | {
      readonly kind: 'block'
      readonly length: number
      readonly seed: string
      readonly blockSize: number
      readonly blocksTogether: number
    }
  | {
      readonly kind: 'random'
      /** Windows to draw from. */
      readonly length: number
      readonly numSamples: number
      readonly replacement: boolean
      /** Absent where a generator gives the order. */
      readonly seed?: string
    }
  | {
      readonly kind: 'mixture'
      readonly length: number
      readonly seed: string
      readonly shuffle: boolean
      readonly lengths: readonly number[]
      readonly weights: readonly number[]
    }

/** Generators of a run. States are `torch.get_rng_state()` in base64. */
export interface DrawsState {
  /** Which of the loader's generators it is. */
  readonly kind: 'own' | 'global'
  /**
   * Own: as it was when the epoch in progress drew its order, or as it is between epochs. Global: as it is.
   */
  readonly generator: string
  /** Whether an epoch is in progress: its base seed is drawn. */
  readonly begun: boolean
  /** Global: the sampler's seed of the epoch in progress, once drawn. */
  readonly samplerSeed?: string
  /** Whether the base seed of persistent workers is drawn. */
  readonly persistent: boolean
}

/** @throws DataLoaderError `mismatch` where a state is of another dataset or order, and cannot be resumed. */
export function checkState(
  state: DataLoaderState,
  expected: Pick<DataLoaderState, 'source' | 'order'> & { readonly draws: DrawsState['kind'] | undefined },
): void {
  if (state?.version !== 1) {
    throw mismatch(`Expected a state of version 1, got ${String(state?.version)}`)
  }
  if (state.source !== expected.source) {
    throw mismatch(`The state is of ${state.source}, this loader reads ${expected.source}`)
  }
  const [found, wanted] = [canonical(state.order), canonical(expected.order)]
  if (found !== wanted) throw mismatch(`The state is of the order ${found}, this loader reads in ${wanted}`)
  if (state.draws?.kind !== expected.draws) {
    const [had, has] = [state.draws?.kind ?? 'no', expected.draws ?? 'no']
    throw mismatch(`The state was saved with ${had} generator, this loader has ${has} one`)
  }
  for (const name of ['epoch', 'consumed'] as const) {
    if (Number.isSafeInteger(state[name]) && state[name] >= 0) continue
    throw mismatch(`Expected \`${name}\` of the state to be a whole number, got \`${String(state[name])}\``)
  }
}

/** JSON whose keys are in order. */
function canonical(order: OrderState): string {
  return JSON.stringify(Object.fromEntries(Object.entries(order).toSorted(([a], [b]) => (a < b ? -1 : 1))))
}

function mismatch(message: string): DataLoaderError {
  return new DataLoaderError('mismatch', message)
}
