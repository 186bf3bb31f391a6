import { open, type FileHandle } from 'node:fs/promises'

/**
 * `open` of `node:fs/promises`, whose handle closes at the end of its block. What Yarn's Plug'n'Play gives in place of Node's handles does
 * not know how to.
 */
export async function openHandle(path: string | Buffer, flags: number): Promise<FileHandle> {
  const handle: Partial<FileHandle> & Pick<FileHandle, 'close'> = await open(path, flags)
  handle[Symbol.asyncDispose] ??= () => handle.close()
  return handle as FileHandle
}
