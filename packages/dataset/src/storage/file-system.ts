import fs from 'node:fs'
import { promisify } from 'node:util'

/**
 * The file system calls of a publish, so that a test can make each of them fail.
 * Writes are synchronous (the caller reuses its buffers); what waits for the disk is not.
 */
export interface FileSystem {
  /** `open(2)` of a file that must not exist. */
  openSync(path: string, flags: 'wx'): number
  /** `pwritev(2)`. @returns bytes written */
  writevSync(fd: number, buffers: readonly NodeJS.ArrayBufferView[], position: number): number
  /** `open(2)` of what is there, a folder too. */
  open(path: string, flags: 'r'): Promise<number>
  /** `fsync(2)`. */
  fsync(fd: number): Promise<void>
  /** `close(2)`. */
  close(fd: number): Promise<void>
  /** `link(2)`: fails where the name exists. */
  link(from: string, to: string): Promise<void>
  /** `rename(2)`: replaces what has the name. */
  rename(from: string, to: string): Promise<void>
  /** `unlink(2)`. */
  unlink(path: string): Promise<void>
  /** Creates one folder; `EEXIST` when it is there. */
  mkdirSync(path: string): void
}

/** The real one, `node:fs`. */
export const nodeFileSystem: FileSystem = {
  openSync: (path, flags) => fs.openSync(path, flags),
  writevSync: (fd, buffers, position) => fs.writevSync(fd, buffers, position),
  open: promisify(fs.open) as (path: string, flags: string) => Promise<number>,
  fsync: promisify(fs.fsync),
  close: promisify(fs.close),
  link: promisify(fs.link),
  rename: promisify(fs.rename),
  unlink: promisify(fs.unlink),
  mkdirSync: (path) => fs.mkdirSync(path),
}
