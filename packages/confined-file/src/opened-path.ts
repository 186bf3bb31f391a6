import { existsSync } from 'node:fs'
import { constants, readlink, realpath, type FileHandle } from 'node:fs/promises'

/** Linux names what is open: a path through it means that very file, wherever its old name leads by now. */
const descriptors = '/proc/self/fd'

/** Whether the system names what is open; without it, what was checked may be swapped before it is opened. */
export const namesWhatIsOpen: boolean = process.platform === 'linux' && existsSync(descriptors)

/** Opens an entry without reading it, so that a device or named pipe is not touched (Linux's `O_PATH`). */
export const pathOnly: number = namesWhatIsOpen
  ? 0o10000000
  : constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** Refuses a link in the last step. */
export const noFollow: number = constants.O_NOFOLLOW ?? 0

/** Refuses anything but a folder. */
export const folderOnly: number = constants.O_DIRECTORY ?? 0

/** A path through what is open. */
export function pathThrough(handle: FileHandle): string {
  return pathOfDescriptor(handle.fd)
}

/** A path through what a descriptor is open on. */
export function pathOfDescriptor(descriptor: number): string {
  return `${descriptors}/${descriptor}`
}

/** Where what is open lies now. */
export async function realPathOf(handle: FileHandle, path: string | Buffer): Promise<string> {
  return namesWhatIsOpen ? readlink(pathThrough(handle)) : realpath(path)
}
