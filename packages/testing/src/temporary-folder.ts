import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export interface TemporaryFolderOptions {
  /**
   * Vitest's hook that removes the folder: `afterAll` for a folder of a whole file, made where tests are declared; the
   * `onTestFinished` of a test's context where tests run beside each other.
   *
   * @default the end of the test that is running
   */
  readonly removeAt?: (remove: () => void) => void
  /** Whether it lies in memory where the system offers that: for tests that sync thousands of times. @default false */
  readonly inMemory?: boolean
}

/** Makes an empty folder that is removed when the test ends; returns its path. */
export function temporaryFolder(options: TemporaryFolderOptions = {}): string {
  const { removeAt = onTestFinished, inMemory = false } = options
  const parent = inMemory && existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const folder = mkdtempSync(join(parent, 'sluice-test-'))
  removeAt(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
