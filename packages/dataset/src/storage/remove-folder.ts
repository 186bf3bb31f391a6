import fs from 'node:fs'
import { errnoOf } from '../errors.ts'

/** Attempts at a folder that other processes may still write to. */
const attempts = 3

/** Removes a folder with all that is in it. Links are removed, and what they lead to is left alone; a path that is gone is fine. */
export async function removeFolderAt(path: string): Promise<void> {
  // `rm` does not follow links inside the folder, but a link in the folder's own place must not be taken for it either.
  const stat = await fs.promises.lstat(path).catch(unlessGone)
  if (stat === undefined) return
  await (stat.isDirectory()
    ? fs.promises.rm(path, { recursive: true, force: true, maxRetries: attempts })
    : fs.promises.unlink(path))
}

/** Removes a folder if it is empty. */
export async function removeEmptyFolder(path: string): Promise<void> {
  await fs.promises.rmdir(path).catch(() => undefined)
}

function unlessGone(error: unknown): undefined {
  const errno = errnoOf(error)
  if (errno !== 'ENOENT' && errno !== 'ENOTDIR') throw error
}
