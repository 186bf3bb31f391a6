import { open, type FileHandle } from 'node:fs/promises'
import { openFileWithin } from '@sluice/confined-file'
import { CorpusError } from '../errors.ts'
import type { ByteRange, ByteSource, FileState, IdentifyWatch, SourceIdentity } from '../bytes/byte-source.ts'
import { pathOfString } from '../bytes/path-bytes.ts'
import { folderGiven, openFailure } from './open-failure.ts'
import { PipeSource } from './pipe.ts'
import { hashFileBeside } from '../bytes/hash-file-beside.ts'
import { identityOfStream } from '../bytes/sha256.ts'

/** Bytes asked of the file system at a time: large enough to be at its speed, small enough to stay in the cache. */
const chunkBytes = 1 << 18

/** A file of fewer bytes is hashed before a thread has started. */
const worthAThread = 64 << 20

/**
 * Opens a local file; a named pipe or character device becomes a source that is read once, where any file may be read.
 *
 * @param within folders and files that may be read: what is open is looked at, so that no link and no swap leads out
 * @throws CorpusError `not-found`, `is-a-folder`, `not-readable`, `outside`
 */
export async function openLocalFile(path: string, within?: readonly string[]): Promise<ByteSource> {
  let handle: FileHandle
  try {
    const named = pathOfString(path)
    handle = await (within === undefined ? open(named, 'r') : openFileWithin(named, within))
  } catch (error) {
    throw openFailure(path, error)
  }
  try {
    const stat = await handle.stat()
    if (stat.isDirectory()) throw folderGiven(path)
    if (!stat.isFile()) return new PipeSource(path, handle.createReadStream({ highWaterMark: chunkBytes }))
    return new LocalFile(path, handle, stat.size, stat.mtimeMs)
  } catch (error) {
    await handle.close()
    throw error
  }
}

class LocalFile implements ByteSource {
  readonly name: string
  readonly byteLength: number
  readonly seekable = true
  readonly remote = false
  readonly etag = undefined
  readonly #handle: FileHandle
  readonly #modifiedMs: number

  constructor(name: string, handle: FileHandle, byteLength: number, modifiedMs: number) {
    this.name = name
    this.byteLength = byteLength
    this.#handle = handle
    this.#modifiedMs = modifiedMs
  }

  head(byteLength: number): Promise<Uint8Array> {
    return this.read(0, Math.min(byteLength, this.byteLength))
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    return this.#fill(new Uint8Array(end - start), start)
  }

  async *stream({ start = 0, end = this.byteLength }: ByteRange = {}): AsyncGenerator<
    Uint8Array,
    void,
    undefined
  > {
    // The next chunk is read while the caller works on the last one.
    const buffers = [0, chunkBytes].map(
      (before) => new Uint8Array(Math.max(0, Math.min(chunkBytes, end - start - before))),
    )
    const read = (at: number): Promise<Uint8Array> => {
      const buffer = buffers[((at - start) / chunkBytes) % 2]!
      const reading = this.#fill(buffer.subarray(0, end - at), at)
      // Whoever stops before it is done hears nothing of its failure.
      reading.catch(() => {})
      return reading
    }
    let next = start < end ? read(start) : undefined
    try {
      for (let at = start; next !== undefined;) {
        const chunk = await next
        at += chunk.length
        next = at < end ? read(at) : undefined
        yield chunk
      }
    } finally {
      // The file is not to be closed under a read.
      await next?.catch(() => {})
    }
  }

  async identify(watch?: IdentifyWatch): Promise<SourceIdentity> {
    const isBeside = watch?.beside === true && this.byteLength >= worthAThread
    const identity = await (isBeside ? this.#identifyBeside(watch) : identityOfStream(this.stream(), watch))
    const stat = await this.#handle.stat()
    if (stat.size !== this.byteLength || stat.mtimeMs !== this.#modifiedMs) {
      throw new CorpusError(
        'source-changed',
        'the file changed while it was read; run again once it is complete',
        {
          source: this.name,
        },
      )
    }
    return identity
  }

  async fileState(): Promise<FileState> {
    const { ino, size, ctimeMs } = await this.#handle.stat()
    return { inode: ino, byteLength: size, changedMs: ctimeMs }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }

  async #fill(target: Uint8Array, position: number): Promise<Uint8Array> {
    for (let filled = 0; filled < target.length;) {
      const { bytesRead } = await this.#handle.read(target, filled, target.length - filled, position + filled)
      if (bytesRead === 0) throw this.#endsAt(position + filled)
      filled += bytesRead
    }
    return target
  }

  async #identifyBeside(watch: IdentifyWatch): Promise<SourceIdentity> {
    const identity = await hashFileBeside(this.#handle.fd, this.byteLength, watch)
    if (identity.byteLength < this.byteLength) throw this.#endsAt(identity.byteLength)
    return identity
  }

  #endsAt(position: number): CorpusError {
    return new CorpusError(
      'source-changed',
      `the file ends at byte ${position}, but it had ${this.byteLength} bytes when it was opened`,
      { source: this.name, position },
    )
  }
}
