import { providers, type OrtProvider } from '@sluice/embedding'

/** The execution providers, and `auto`: the fastest on this machine, found by a short measurement. */
export const runProviders = ['auto', ...providers] as const
/** One of `runProviders`. */
export type RunProvider = (typeof runProviders)[number]

/** The providers that run a model's graph: those of ONNX Runtime. */
export const graphProviders = [
  'cpu',
  'webgpu',
  'cuda',
  'coreml',
  'dml',
] as const satisfies readonly OrtProvider[]

/** The provider as one that runs graphs; undefined for the kernel, which is also what `auto` means where rows are copied. */
export function graphProviderOf(provider: RunProvider | undefined): OrtProvider | undefined {
  return graphProviders.find((one) => one === provider)
}

/** Threads of one process that may look embeddings up: `webgpu` has one device in a process, which one thread has alone. */
export function mostThreadsOf(provider: RunProvider | undefined): number {
  return provider === 'webgpu' ? 1 : Infinity
}
