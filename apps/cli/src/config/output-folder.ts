import { randomUUID } from 'node:crypto'
import { mkdirSync, rmdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { codeOf } from '@sluice/errors'
import { CommandError } from '../errors.ts'

/**
 * Checks a folder that a command will write.
 *
 * @throws CommandError `invalid-option` where none was given, it is a URL, a file is in its way, or it cannot be made
 */
export function requireOut(out: string | undefined): string {
  if (out === undefined || out === '') {
    throw refusal('Expected `--out DIR`, the folder to write')
  }
  refuseUrl(out)
  const path = resolve(out)
  const there = nearestEntry(path, out)
  if (!there.isFolder) {
    const what = there.path === path ? 'it' : there.path
    throw refusal(`Expected --out ${out} to be a folder: ${what} is a file; choose another`)
  }
  if (there.path !== path) refuseUnwritable(there.path, out)
  return out
}

/** @throws CommandError `invalid-option` for an output that is a URL: it would become a folder of that name here */
export function refuseUrl(out: string): void {
  const [, scheme] = /^([a-z][a-z0-9+.-]+):\/\//i.exec(out) ?? []
  if (scheme === undefined) return
  throw refusal(
    `Expected \`--out\` to be a path on this machine, got a ${scheme}:// URL; write to a folder and copy it there`,
  )
}

/** Returns what exists of a path: the whole of it, or its nearest parent. */
function nearestEntry(path: string, out: string): { readonly path: string; readonly isFolder: boolean } {
  try {
    // A file as a parent answers ENOTDIR, which `throwIfNoEntry` takes for an entry that is not there.
    const entry = statSync(path, { throwIfNoEntry: false })
    if (entry !== undefined) return { path, isFolder: entry.isDirectory() }
  } catch (error) {
    throw refusal(`Expected --out ${out} to be a folder, got ${codeOf(error)}; choose another`, error)
  }
  return nearestEntry(dirname(path), out)
}

/** Tries whether a folder can be made, before any work is done: permissions and mounts do not tell (`/proc`). */
function refuseUnwritable(parent: string, out: string): void {
  try {
    const probe = join(parent, `.sluice-${randomUUID()}`)
    mkdirSync(probe)
    rmdirSync(probe)
  } catch (error) {
    const what = `Expected --out ${out} to be a folder that can be made, but ${parent} refuses new folders`
    throw refusal(`${what} (${codeOf(error)}); choose another`, error)
  }
}

function refusal(message: string, cause?: unknown): CommandError {
  return new CommandError('invalid-option', message, cause === undefined ? {} : { cause })
}
