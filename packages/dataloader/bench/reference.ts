import { startPythonReference } from '@sluice/testing'

/** PyTorch, datasets and the Python reader in a process of their own, measured one pass at a time between our own passes. */
export interface Reference {
  /** What it can measure; the last one gives the versions. */
  readonly names: readonly string[]
  /** Seconds of one pass. */
  measure(name: string): Promise<number>
  close(): Promise<void>
}

/** Starts `reference.py`; `undefined` where there is no Python. */
export async function startReference(args: readonly (string | number)[]): Promise<Reference | undefined> {
  const reference = await startPythonReference(new URL('reference.py', import.meta.url), args)
  return (
    reference && {
      names: reference.greeting as string[],
      measure: async (name) => (await reference.ask(name)) as number,
      close: () => reference.close(),
    }
  )
}
