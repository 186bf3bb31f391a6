import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'

/**
 * Says why a folder cannot be written and what to do about it; undefined where it can.
 *
 * @param folder - the data root, as the container sees it
 */
export async function whyNotWritable(folder: string): Promise<string | undefined> {
  const can = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
  if (can) return undefined
  const us = `${process.getuid?.() ?? '?'}:${process.getgid?.() ?? '?'}`
  const owner = await stat(folder).then(
    ({ uid, gid }) => `it belongs to ${uid}:${gid}`,
    () => 'it cannot be looked at',
  )
  return `${folder} cannot be written: this worker is ${us}, ${owner}; give the folder to ${us} or start the worker as its owner (SLUICE_USER in .env)`
}
