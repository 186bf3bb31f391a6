import { startPythonReference } from '@sluice/testing'

/** PyTorch and Python's onnxruntime in a process of their own, measured one call at a time, between our own calls. */
export interface Reference {
  readonly names: readonly string[]
  /** Seconds of processor time of one call. */
  measure(name: string): Promise<number>
  close(): Promise<void>
}

/**
 * Starts `reference.py`; `undefined` where there is no Python.
 *
 * @param keepMemory - Keeps what a call frees for the next one. By default it goes back to the system, and eager PyTorch,
 * which makes two results anew each time, mostly waits for pages.
 */
export async function startReference(
  args: readonly (string | number)[],
  keepMemory = false,
): Promise<Reference | undefined> {
  const environment: Record<string, string> = keepMemory
    ? { MALLOC_MMAP_THRESHOLD_: '4294967296', MALLOC_TRIM_THRESHOLD_: '8589934592' }
    : {}
  const reference = await startPythonReference(new URL('reference.py', import.meta.url), args, environment)
  return (
    reference && {
      names: reference.greeting as string[],
      measure: async (name) => (await reference.ask(name)) as number,
      close: () => reference.close(),
    }
  )
}
