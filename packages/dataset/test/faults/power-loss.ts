import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FileCall } from './counting-file-system.ts'

interface Inode {
  bytes: Uint8Array
  /** What a power loss leaves of `bytes`. */
  durable: Uint8Array
}

/** A folder's name, or a file. */
type Entry = 'folder' | Inode

/** A file's bytes with some written at a place. */
const place = (bytes: Uint8Array, written: Uint8Array, position: number): Uint8Array => {
  const placed = new Uint8Array(Math.max(bytes.byteLength, position + written.byteLength))
  placed.set(bytes)
  placed.set(written, position)
  return placed
}

/**
 * What a disk may hold after the power went, by POSIX's promises alone: bytes are safe once their file was synced, and
 * names once their folder was.
 */
export class PowerLossModel {
  readonly #names = new Map<string, Entry>()
  readonly #durableNames = new Map<string, Entry>()
  readonly #open = new Map<number, string>()
  /** Files stay reachable by descriptor when their name is gone. */
  readonly #inodes = new Map<number, Inode>()

  /** Notes one call that was made. */
  note({ name, args }: FileCall, result: unknown): void {
    const [first, second, third] = args
    if (name === 'openSync' && typeof first === 'string' && typeof result === 'number') {
      const inode = { bytes: new Uint8Array(), durable: new Uint8Array() }
      this.#names.set(first, inode)
      this.#inodes.set(result, inode)
    } else if (name === 'open' && typeof first === 'string' && typeof result === 'number') {
      this.#open.set(result, first)
    } else if (name === 'writevSync' && typeof first === 'number') {
      let position = third as number
      for (const buffer of second as readonly Uint8Array[]) {
        this.#write(first, buffer, position)
        position += buffer.byteLength
      }
    } else if (name === 'openDirect' && typeof first === 'number' && typeof result === 'number') {
      this.#inodes.set(result, this.#inodes.get(first)!)
    } else if (name === 'write' && typeof first === 'number') {
      this.#write(first, second as Uint8Array, third as number)
    } else if (name === 'fsync' && typeof first === 'number') {
      this.#sync(first)
    } else if (name === 'close' && typeof first === 'number') {
      this.#open.delete(first)
      this.#inodes.delete(first)
    } else if (name === 'mkdirSync' && typeof first === 'string') {
      this.#names.set(first, 'folder')
    } else if (name === 'link' && typeof first === 'string' && typeof second === 'string') {
      this.#names.set(second, this.#names.get(first)!)
    } else if (name === 'unlink' && typeof first === 'string') {
      this.#names.delete(first)
    }
  }

  /** Around the cache or through it: only a sync is a promise. */
  #write(fd: number, bytes: Uint8Array, position: number): void {
    const inode = this.#inodes.get(fd)!
    inode.bytes = place(inode.bytes, bytes, position)
  }

  #sync(fd: number): void {
    const inode = this.#inodes.get(fd)
    if (inode !== undefined) {
      inode.durable = inode.bytes
      return
    }
    const folder = this.#open.get(fd)!
    const inFolder = (path: string): boolean => dirname(path) === folder
    for (const path of [...this.#durableNames.keys()].filter(inFolder)) {
      if (!this.#names.has(path)) this.#durableNames.delete(path)
    }
    for (const [path, entry] of this.#names) if (inFolder(path)) this.#durableNames.set(path, entry)
  }

  /**
   * Writes what is left to another folder: the names that were synced, or (`allNames`) every name, as a file system
   * that wrote its journal early would have it. Bytes are only those that were synced.
   */
  restore(from: string, to: string, { allNames }: { readonly allNames: boolean }): void {
    const names = allNames ? this.#names : this.#durableNames
    const reachable = (path: string): boolean =>
      path === from || (names.has(path) && reachable(dirname(path)))
    if (!names.has(from)) return
    mkdirSync(to, { recursive: true })
    for (const [path, entry] of names) {
      if (path === from || !path.startsWith(`${from}/`) || !reachable(path)) continue
      const target = join(to, path.slice(from.length + 1))
      mkdirSync(entry === 'folder' ? target : dirname(target), { recursive: true })
      if (entry !== 'folder') writeFileSync(target, entry.durable)
    }
  }
}
