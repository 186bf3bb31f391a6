import { providers } from '@sluice/embedding'

/** The execution providers, and `auto`: the fastest on this machine, found by a short measurement. */
export const runProviders = ['auto', ...providers] as const
/** One of `runProviders`. */
export type RunProvider = (typeof runProviders)[number]

/** Threads of one process that may look embeddings up: `webgpu` has one device in a process, which one thread has alone. */
export function mostThreadsOf(provider: RunProvider | undefined): number {
  return provider === 'webgpu' ? 1 : Infinity
}
