import { constants, type FileHandle } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { ConfinedFileError } from './errors.ts'
import { openHandle } from './open-handle.ts'
import { folderOnly, namesWhatIsOpen, noFollow, pathOnly, pathThrough, realPathOf } from './opened-path.ts'
import { stepsOf } from './plain-path.ts'

/** Options of {@link openConfinedFile}. */
export interface ConfinedFileOptions {
  /**
   * What happens at links on the way: `inside` follows those that stay in the folder, `refuse` none.
   * @default 'inside'
   */
  readonly links?: 'inside' | 'refuse'
}

/**
 * Opens a file below a folder for reading. It is opened first and checked then, so nothing can be swapped in between: what
 * the handle reads lies in the folder and is a regular file. A named pipe or device is never opened, so this does not hang.
 *
 * @param folder trusted path; it may itself be a link
 * @param name path in the folder, with `/`
 * @throws ConfinedFileError `invalid-name`, `leads-outside`, `not-a-file`; errors of the system, such as `ENOENT`
 */
export async function openConfinedFile(
  folder: string,
  name: string,
  { links = 'inside' }: ConfinedFileOptions = {},
): Promise<FileHandle> {
  const steps = stepsOf(name)
  const path = join(folder, ...steps)
  if (links === 'inside') return openWithin(path, [folder], name)
  await using root = await openHandle(folder, pathOnly | folderOnly)
  await using found = await openSteps(root, steps, name)
  const [home, place] = [await realPathOf(root, folder), await realPathOf(found, path)]
  if (!isInside(home, place)) throw leadsOutside(name)
  return await reopenFile(found, place, name)
}

/**
 * Opens a file by any path for reading, if it lies in one of these places. As with {@link openConfinedFile}, what is open is
 * looked at, not its name.
 *
 * @param path a path that somebody else may have chosen; links are followed
 * @param places trusted paths: files that may be read, and folders in which every file may. Those that are not there allow nothing
 * @throws ConfinedFileError `leads-outside`, `not-a-file`; errors of the system, such as `ENOENT`
 */
export async function openFileWithin(path: string | Buffer, places: readonly string[]): Promise<FileHandle> {
  return openWithin(path, places, path.toString())
}

/**
 * Opens a file for reading by a trusted path: a regular file, or what a link leads to. A named pipe or device is refused
 * without being opened, so this does not wait.
 *
 * @throws ConfinedFileError `not-a-file`; errors of the system
 */
export async function openRegularFile(path: string | Buffer): Promise<FileHandle> {
  await using found = await openHandle(path, pathOnly)
  return await reopenFile(found, path.toString(), path.toString())
}

async function openWithin(
  path: string | Buffer,
  places: readonly string[],
  name: string,
): Promise<FileHandle> {
  await using found = await openHandle(path, pathOnly)
  const place = await realPathOf(found, path)
  for (const allowed of places) {
    const home = await placeOf(allowed)
    if (home !== undefined && (place === home || isInside(home, place)))
      return await reopenFile(found, place, name)
  }
  throw leadsOutside(name)
}

async function placeOf(path: string): Promise<string | undefined> {
  try {
    await using handle = await openHandle(path, pathOnly)
    return await realPathOf(handle, path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw error
  }
}

/** Opens step by step, each in the folder that is open already, refusing links. */
async function openSteps(root: FileHandle, steps: readonly string[], name: string): Promise<FileHandle> {
  let folder = root
  try {
    for (const [index, step] of steps.entries()) {
      const kind = index < steps.length - 1 ? folderOnly : 0
      const path = namesWhatIsOpen ? join(pathThrough(folder), step) : join(await realPathOf(root, ''), step)
      const next = await openHandle(path, pathOnly | noFollow | kind).catch((error: unknown) => {
        throw isLinkRefusal(error) ? leadsOutside(name, error) : error
      })
      if (folder !== root) await folder.close()
      folder = next
    }
  } catch (error) {
    if (folder !== root) await folder.close()
    throw error
  }
  // With O_PATH a link in the last step is opened itself.
  if ((await folder.stat()).isSymbolicLink()) {
    await folder.close()
    throw leadsOutside(name)
  }
  return folder
}

/** Opens for reading what was opened to be looked at, if it is a file. */
async function reopenFile(found: FileHandle, place: string, name: string): Promise<FileHandle> {
  if (!(await found.stat()).isFile()) throw notAFile(name)
  if (namesWhatIsOpen) return openHandle(pathThrough(found), constants.O_RDONLY)
  const again = await openHandle(place, constants.O_RDONLY | noFollow)
  const [before, after] = [await found.stat(), await again.stat()]
  if (before.dev === after.dev && before.ino === after.ino) return again
  await again.close()
  throw leadsOutside(place)
}

export function isInside(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/** A link where none may be: `ELOOP`, or `ENOTDIR` where a folder was asked for. */
function isLinkRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ELOOP' || error.code === 'ENOTDIR')
}

export function leadsOutside(name: string, cause?: unknown): ConfinedFileError {
  return new ConfinedFileError('leads-outside', name, 'is reached by a link, which is refused here', {
    cause,
  })
}

export function notAFile(name: string): ConfinedFileError {
  return new ConfinedFileError('not-a-file', name, 'expected a file, got a folder, device or named pipe')
}
