import fs from 'node:fs'
import { promisify } from 'node:util'

/**
 * The file system calls of a publish, so that a test can make each of them fail.
 * Writes are synchronous (the caller reuses its buffers); what waits for the disk is not.
 */
export interface FileSystem {
  /** `open(2)` for writing: of a file that must not exist, or with the flags of one that may. */
  openSync(path: string, flags: 'wx' | number): number
  /** `pwritev(2)`. @returns bytes written */
  writevSync(fd: number, buffers: readonly NodeJS.ArrayBufferView[], position: number): number
  /**
   * A second descriptor of a file that is open, whose writes go around the system's cache (`O_DIRECT`): straight from memory to
   * the disk. Undefined where the system or the file's file system has nothing to gain from it.
   */
  openDirect(fd: number): number | undefined
  /** `pwrite(2)`; through a direct descriptor memory, length and position are multiples of a block. @returns bytes written */
  write(fd: number, bytes: Uint8Array, position: number): Promise<number>
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

/** Local file systems that write from the caller's memory: ext2 to ext4, and XFS. Others take the flag and copy all the same. */
const directFileSystems: ReadonlySet<number> = new Set([0xef53, 0x58465342])

function openDirect(fd: number): number | undefined {
  const { O_DIRECT, O_WRONLY } = fs.constants
  // Only Linux says by a path which file is open, and only there the flag means this.
  if (process.platform !== 'linux') return undefined
  const path = `/proc/self/fd/${fd}`
  try {
    if (!directFileSystems.has(fs.statfsSync(path).type)) return undefined
    return fs.openSync(path, O_WRONLY | O_DIRECT)
  } catch {
    // No /proc, or a file system that cannot: the cache works everywhere.
    return undefined
  }
}

const write = promisify(fs.write)

/** The real one, `node:fs`. */
export const nodeFileSystem: FileSystem = {
  openSync: (path, flags) => fs.openSync(path, flags),
  writevSync: (fd, buffers, position) => fs.writevSync(fd, buffers, position),
  openDirect,
  write: async (fd, bytes, position) => (await write(fd, bytes, 0, bytes.byteLength, position)).bytesWritten,
  open: promisify(fs.open) as (path: string, flags: string) => Promise<number>,
  fsync: promisify(fs.fsync),
  close: promisify(fs.close),
  link: promisify(fs.link),
  rename: promisify(fs.rename),
  unlink: promisify(fs.unlink),
  mkdirSync: (path) => fs.mkdirSync(path),
}
