import { isAbsolute } from 'node:path'
import { ConfinedFileError } from './errors.ts'

/** Whether a path is relative, with `/` between steps that are names: no `..`, no `.`, no drive, no backslash. */
export function isPlainRelativePath(path: string): boolean {
  if (path === '' || isAbsolute(path) || /[\0\\]/.test(path) || /^[A-Za-z]:/.test(path)) return false
  return path.split('/').every((step) => step !== '' && step !== '.' && step !== '..')
}

/** @throws ConfinedFileError `invalid-name` */
export function stepsOf(path: string): readonly string[] {
  if (isPlainRelativePath(path)) return path.split('/')
  throw new ConfinedFileError(
    'invalid-name',
    path,
    'expected a relative path without `..`, with `/` between its names',
  )
}
