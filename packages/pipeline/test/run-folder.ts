import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { contentOf, type SlowSource } from './slow-run.ts'

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

/** The files of a folder and of all below it, and their bytes. */
export function filesOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => {
        const path = join(parentPath, name)
        return [path.slice(folder.length), readFileSync(path).toString('base64')]
      }),
  )
}
