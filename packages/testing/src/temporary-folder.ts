import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
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

/** Memory as a file system. A container's is often of 64 MB, which tests fill. */
const memory = '/dev/shm'
const leastMemoryBytes = 1 << 30

/** Makes an empty folder that is removed when the test ends; returns its path. */
export function temporaryFolder(options: TemporaryFolderOptions = {}): string {
  const { removeAt = onTestFinished, inMemory = false } = options
  const parent = inMemory && hasMemory() ? memory : tmpdir()
  const folder = mkdtempSync(join(parent, 'sluice-test-'))
  removeAt(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function hasMemory(): boolean {
  if (!existsSync(memory)) return false
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize >= leastMemoryBytes
}
