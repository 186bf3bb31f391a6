import fs from 'node:fs'
import { promisify } from 'node:util'

/**
 * The file system calls of a publish, so that a test can make each of them fail.
 * Writes are synchronous (the caller reuses its buffers); what waits for the disk is not.
 */
export interface FileSystem {
  openSync(path: string, flags: 'wx'): number
  writevSync(fd: number, buffers: readonly NodeJS.ArrayBufferView[], position: number): number
  open(path: string, flags: 'r'): Promise<number>
  fsync(fd: number): Promise<void>
  close(fd: number): Promise<void>
  link(from: string, to: string): Promise<void>
  rename(from: string, to: string): Promise<void>
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
