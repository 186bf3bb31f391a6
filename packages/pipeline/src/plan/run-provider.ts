import { providers } from '@sluice/embedding'

/** The execution providers, and `auto`: the fastest on this machine, found by a short measurement. */
export const runProviders = ['auto', ...providers] as const
/** One of `runProviders`. */
export type RunProvider = (typeof runProviders)[number]
