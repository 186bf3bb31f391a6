import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { contentOf, type SlowSource } from './slow-run.ts'

export const theVerdict = fileURLToPath(new URL('../../../examples/the-verdict.txt', import.meta.url))

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes files into a folder; returns their paths in order. */
export function writeFiles(folder: string, contents: readonly (string | Uint8Array)[]): string[] {
  return contents.map((content, index) => {
    const path = join(folder, `${String(index).padStart(3, '0')}.txt`)
    writeFileSync(path, content)
    return path
  })
}

/** Writes sources into a folder; returns their paths in order. */
export function writeSources(folder: string, sources: readonly SlowSource[]): string[] {
  return sources.map((source, index) => {
    const path = join(folder, `${String(index).padStart(3, '0')}.${Object.keys(source)[0]}`)
    writeFileSync(path, contentOf(source))
    return path
  })
}
