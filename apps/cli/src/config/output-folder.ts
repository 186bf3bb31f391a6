import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CommandError } from '../errors.ts'

/**
 * Checks a folder that a command will write.
 *
 * @throws CommandError `invalid-option` where none was given, it is a URL, or a file is in its way
 */
export function requireOut(out: string | undefined): string {
  if (out === undefined || out === '') {
    throw new CommandError('invalid-option', 'Expected `--out DIR`, the folder to write')
  }
  refuseUrl(out)
  const file = fileOnTheWay(resolve(out))
  if (file === undefined) return out
  const what = file === resolve(out) ? 'it' : file
  throw new CommandError(
    'invalid-option',
    `Expected --out ${out} to be a folder: ${what} is a file; choose another`,
  )
}

/** @throws CommandError `invalid-option` for an output that is a URL: it would become a folder of that name here */
export function refuseUrl(out: string): void {
  const [, scheme] = /^([a-z][a-z0-9+.-]+):\/\//i.exec(out) ?? []
  if (scheme === undefined) return
  throw new CommandError(
    'invalid-option',
    `Expected \`--out\` to be a path on this machine, got a ${scheme}:// URL; write to a folder and copy it there`,
  )
}

/** Returns the file that stands where a folder of the path should be. */
function fileOnTheWay(path: string): string | undefined {
  // A file as a parent answers ENOTDIR, which `throwIfNoEntry` takes for an entry that is not there.
  const entry = statSync(path, { throwIfNoEntry: false })
  if (entry?.isDirectory() === true) return undefined
  if (entry !== undefined) return path
  const parent = dirname(path)
  return parent === path ? undefined : fileOnTheWay(parent)
}
