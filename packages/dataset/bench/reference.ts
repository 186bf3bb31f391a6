import { startPythonReference } from '@sluice/testing'

/** pyarrow and datasets in a process of their own, measured one call at a time between our own calls. */
export interface Reference {
  readonly versions: Readonly<Record<string, string>>
  /** Carries a request of `reference.py` out; seconds, and the bytes that were handled. */
  measure(...request: readonly unknown[]): Promise<readonly [seconds: number, byteLength: number]>
  close(): Promise<void>
}

/** Starts `reference.py`; `undefined` where there is no Python. */
export async function startReference(): Promise<Reference | undefined> {
  const reference = await startPythonReference(new URL('reference.py', import.meta.url))
  return (
    reference && {
      versions: reference.greeting as Reference['versions'],
      measure: async (...request) => (await reference.ask(JSON.stringify(request))) as [number, number],
      close: () => reference.close(),
    }
  )
}
