import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs'
import { openFileWithinSync } from '@sluice/confined-file'
import { pathOfString } from '../bytes/path-bytes.ts'

/** Larger files are read in pieces, by whoever needs them. */
export const smallFileBytes: number = 1 << 16

/** A named pipe that took the file's place is not waited for. */
const readNow = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/**
 * Reads small files whole, without waiting: of a file of a few kilobytes a promise for each call of the system costs ten times as much
 * as the calls. It knows files that are as they should be, and nothing else: whatever is unusual is left to {@link openSource}, which
 * reads it or says what is wrong.
 */
export class SmallFileReader {
  /** One byte more than a small file has: a file that has grown shows. */
  readonly #buffer = new Uint8Array(smallFileBytes + 1)

  /**
   * Reads a local file.
   *
   * @param within as for {@link openSource}: what was opened is checked, not its name
   * @param byteLength what it must have, for who compares its bytes with a hash: then the system is not asked what it is, for a pipe or a
   *   device with these bytes would do. @default a regular file's own
   * @returns its bytes, valid until the next call; undefined for what is not there, not small, no file, or may not be read
   */
  read(path: string, within?: readonly string[], byteLength?: number): Uint8Array | undefined {
    let descriptor: number
    try {
      const named = pathOfString(path)
      descriptor = within === undefined ? openSync(named, readNow) : openFileWithinSync(named, within)
    } catch {
      return undefined
    }
    try {
      const size = byteLength ?? sizeOf(fstatSync(descriptor))
      return size === undefined ? undefined : this.#readAll(descriptor, size)
    } catch {
      return undefined
    } finally {
      closeSync(descriptor)
    }
  }

  /** A file that has not its length any more is being written. */
  #readAll(descriptor: number, byteLength: number): Uint8Array | undefined {
    let length = 0
    do {
      const more = readSync(descriptor, this.#buffer, length, this.#buffer.length - length, length)
      if (more === 0) break
      length += more
    } while (length < byteLength)
    return length === byteLength ? this.#buffer.subarray(0, length) : undefined
  }
}

/** Bytes of a path that is a small file at the moment; undefined for everything else. */
export function smallFileLength(path: string): number | undefined {
  try {
    const stat = statSync(pathOfString(path), { throwIfNoEntry: false })
    return stat && sizeOf(stat)
  } catch {
    return undefined
  }
}

function sizeOf(stat: Stats): number | undefined {
  return stat.isFile() && stat.size <= smallFileBytes ? stat.size : undefined
}
