import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../repository.ts'
import { requirementsFile } from './python-environment.ts'

/** Beside the packages that drew it: it goes when they do. */
const kept = join(repositoryRoot, '.venv', 'drawn')

/** A Python script that draws models, or whatever else, from a seed. */
export interface Drawing {
  readonly python: string
  /** Started with a folder to write into, and the words. */
  readonly script: string
  readonly words: readonly string[]
}

/**
 * Copies into a folder what a script draws. Several checks of one run want the same: it is drawn when the first one asks for it, and
 * anew once the script, its words or the packages of Python are others.
 *
 * @throws Error where the script fails
 */
export function drawOnce({ python, script, words }: Drawing, folder: string): void {
  const key = createHash('sha256')
  for (const part of [readFileSync(requirementsFile), readFileSync(script), JSON.stringify(words)])
    key.update(part).update('\0')
  const drawn = join(kept, key.digest('hex'))
  if (!existsSync(drawn)) {
    rmSync(kept, { recursive: true, force: true })
    const unfinished = `${drawn}.unfinished`
    mkdirSync(unfinished, { recursive: true })
    const { status } = spawnSync(python, ['-W', 'ignore', script, unfinished, ...words], { stdio: 'inherit' })
    if (status !== 0) throw new Error(`${script} ended with ${status}`)
    renameSync(unfinished, drawn)
  }
  cpSync(drawn, folder, { recursive: true })
}
