import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for hundreds of runs. In memory where the system offers that: they sync thousands of times. */
export function scratchRoot(name: string): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), `sluice-${name}-`))
}
