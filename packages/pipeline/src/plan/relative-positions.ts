import type { PositionConfig } from '@sluice/embedding'
import { option, sentence } from '@sluice/errors'
import { RunError } from '../errors.ts'

/** Kinds of positions that act inside attention, as `@sluice/embedding` calls them. */
export const relativeKinds = [
  'rotary',
  'alibi',
  't5',
  'transformer-xl',
  'relative_key',
  'relative_key_query',
] as const

/** Every kind of positions. */
export const positionKinds = ['none', 'learned', 'sinusoidal', ...relativeKinds] as const

type PositionKind = (typeof positionKinds)[number]

/** Sizes of the buckets of T5, as its models have them. */
const t5Buckets = { numBuckets: 32, maxDistance: 128, bidirectional: true } as const

/** What a configuration says about positions. */
interface PositionChoice {
  readonly positionEncoding: PositionKind
  readonly contextLength: number
  readonly heads?: number
  readonly positionBase?: number
  /** Absent where the model or the tables say it. */
  readonly dim?: number
}

/** What a configuration says beside it. */
interface BesidePositions extends PositionChoice {
  readonly tables: string | null
}

/** The positions inside attention that a configuration asks for, with their sizes; undefined where it asks for others. */
export function relativePositions(config: PositionChoice): PositionConfig | undefined {
  const { positionEncoding: kind, contextLength, heads = 1, dim = 0, positionBase: base = 10_000 } = config
  const headDim = dim / heads
  switch (kind) {
    case 'rotary':
      return { kind, contextLength, headDim, base }
    case 'alibi':
      return { kind, numHeads: heads }
    case 't5':
      return { kind, numHeads: heads, ...t5Buckets }
    case 'transformer-xl':
      return { kind, keyLength: contextLength, base }
    case 'relative_key':
    case 'relative_key_query':
      return { kind, maxDistance: contextLength, headDim }
    case 'none':
    case 'learned':
    case 'sinusoidal':
      return undefined
  }
}

/** Numbers of all tables of positions inside attention. */
export function relativeTableSize(config: PositionChoice): number {
  const { positionEncoding: kind, contextLength, heads = 1, dim = 0 } = config
  const headDim = dim / heads
  const sizes: Readonly<Record<(typeof relativeKinds)[number], number>> = {
    rotary: contextLength * headDim,
    alibi: heads,
    t5: t5Buckets.numBuckets * heads,
    'transformer-xl': contextLength * dim,
    relative_key: (2 * contextLength - 1) * headDim,
    relative_key_query: (2 * contextLength - 1) * headDim,
  }
  return isRelative(kind) ? sizes[kind] : 0
}

function isRelative(kind: PositionKind): kind is (typeof relativeKinds)[number] {
  return (relativeKinds as readonly PositionKind[]).includes(kind)
}

/**
 * Checks the options of positions inside attention.
 *
 * @throws RunError `invalid-config`
 */
export function checkRelativePositions(config: BesidePositions): void {
  const { positionEncoding: kind, heads, positionBase, dim, tables } = config
  const fail = (name: keyof BesidePositions, expected: string): never => {
    const got = JSON.stringify(config[name]) ?? 'nothing'
    throw new RunError('invalid-config', sentence`Expected ${option(name)} to be ${expected}, got ${got}`)
  }
  const needsHeads = isRelative(kind) && kind !== 'transformer-xl'
  if (positionBase !== undefined && kind !== 'rotary' && kind !== 'transformer-xl')
    fail('positionBase', 'left out without rotary or transformer-xl positions')
  if (heads !== undefined && !needsHeads) fail('heads', 'left out without positions of attention heads')
  if (!isRelative(kind)) return
  if (needsHeads && heads === undefined) fail('heads', `the number of attention heads with ${kind} positions`)
  const isLearned = kind === 't5' || kind.startsWith('relative_key')
  if (isLearned && tables !== null)
    fail('tables', `left out with ${kind} positions, which are drawn after the token table`)
  if (dim !== undefined) checkWidth(dim, kind, heads)
}

/** @throws RunError `invalid-config` for a width that heads or angles do not share evenly */
export function checkWidth(dim: number, kind: PositionKind, heads = 1): void {
  const units: Partial<Record<PositionKind, number>> = {
    rotary: 2 * heads,
    'transformer-xl': 2,
    relative_key: heads,
    relative_key_query: heads,
  }
  const unit = units[kind] ?? 1
  if (dim % unit === 0) return
  throw new RunError(
    'invalid-config',
    sentence`Expected ${option('dim')} to be a multiple of ${unit} with ${kind} positions of ${heads} heads, got ${dim}`,
  )
}
