import { isDeepStrictEqual } from 'node:util'
import { isSluiceError } from '@sluice/errors'

/**
 * The options that the first plans had. This list never changes: what is written of an option depends on whether it is in it,
 * and with that the identity of every run.
 */
const firstOptions: ReadonlySet<string> = new Set([
  'boundary',
  'compression',
  'contextLength',
  'corpus',
  'dim',
  'documents',
  'dtype',
  'embeddings',
  'encoding',
  'format',
  'idType',
  'invalid',
  'ipc',
  'layout',
  'maxLength',
  'onError',
  'onPoison',
  'packing',
  'positions',
  'seed',
  'separator',
  'shuffle',
  'special',
  'split',
  'stride',
  'tail',
  'textField',
])

/** What options without one of them give for it; undefined where others need it, so that it cannot be left out. */
function attempt<T>(resolve: () => T): T | undefined {
  try {
    return resolve()
  } catch (error) {
    if (isSluiceError(error)) return undefined
    throw error
  }
}

/**
 * Leaves out the options that were added after the first plans and have the value that they get where nobody sets them. So a new
 * option changes the identity of those runs only that use it, and a run that an earlier version began is continued.
 *
 * @param resolve applies the defaults; a default may depend on other options
 */
export function withoutLaterDefaults<T extends object>(
  config: T,
  resolve: (options: T) => Partial<T>,
  first = firstOptions,
): Partial<T> {
  const early: Partial<T> = {}
  for (const key of keysOf(config)) if (first.has(key)) early[key] = config[key]
  // Most runs use no later option, and to resolve the others without each of them takes longer than all else that a plan needs.
  const usual = attempt(() => resolve(early as T))
  const isUsual =
    usual !== undefined && keysOf(config).every((key) => isDeepStrictEqual(usual[key], config[key]))
  return isUsual ? early : withoutEachDefault(config, resolve, first)
}

/** The slow twin of {@link withoutLaterDefaults}: asks of each later option what it gets without it. */
export function withoutEachDefault<T extends object>(
  config: T,
  resolve: (options: T) => Partial<T>,
  first = firstOptions,
): Partial<T> {
  const kept: Partial<T> = {}
  for (const key of keysOf(config)) {
    if (!first.has(key)) {
      const { [key]: value, ...others } = config
      const fallback = attempt(() => resolve(others as unknown as T)[key])
      if (isDeepStrictEqual(fallback, value)) continue
    }
    kept[key] = config[key]
  }
  return kept
}

function keysOf<T extends object>(config: T): readonly (keyof T & string)[] {
  return Object.keys(config) as (keyof T & string)[]
}
