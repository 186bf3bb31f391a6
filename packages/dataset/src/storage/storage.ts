/**
 * Where datasets live. Names are relative, `/`-separated (`parts/00000-….arrow`).
 *
 * A name, once published, never changes its bytes: publishing is create-only and atomic, so a reader sees all of an
 * object or nothing. A folder does it with a temporary file and `link`; an object store does it with a conditional
 * put (`If-None-Match: *`).
 */
export interface DatasetStorage {
  /** For messages: the folder's path or the bucket's address. */
  readonly location: string
  /**
   * Starts an object that nobody can see until it is published.
   *
   * @param hint - becomes part of the temporary name, so that a leftover can be recognised.
   */
  stage(hint: string): StagedObject
  /** @throws DatasetError `not-found` when there is no such object. */
  openRead(name: string): Promise<ReadHandle>
  /** The same without leaving the thread; absent where the storage cannot. */
  openReadSync?(name: string): ReadHandle
  /** Undefined when there is no such object. */
  stat(name: string): Promise<ObjectStat | undefined>
  /** Names directly under the folder `prefix` (`''` is the root), sorted; folders end in `/`. Empty when there is none. */
  list(prefix: string): Promise<readonly string[]>
  /** Removes an object; absent is fine. Used for repair and for leftovers of attempts, never for published parts. */
  remove(name: string): Promise<void>
}

/** What {@link DatasetStorage.stat} tells. */
export interface ObjectStat {
  readonly byteLength: number
  /** Milliseconds since 1970 of the last change: leftovers are told from attempts in progress by age. */
  readonly modifiedMs: number
}

/** An object being written. Exactly one of `publish` and `discard` ends it. */
export interface StagedObject {
  /** Bytes written so far. */
  readonly byteLength: number
  /** Writes all buffers at the end, synchronously: they may be reused as soon as this returns. */
  write(buffers: readonly Uint8Array[]): void
  /**
   * Makes the bytes durable and then visible under `name`, if that name is free.
   *
   * @returns `exists` when the name was taken (the staged bytes are discarded), else `created`.
   */
  publish(name: string): Promise<'created' | 'exists'>
  /** Throws the bytes away; never throws itself, and does nothing after `publish`. */
  discard(): Promise<void>
}

/** Random access to a published object. */
export interface ReadHandle {
  readonly name: string
  readonly byteLength: number
  /** Fills `target` from `position` on. @throws DatasetError `corrupt` when the object ends before. */
  read(target: Uint8Array, position: number): Promise<void>
  /** The same without leaving the thread; absent where the storage cannot. */
  readSync?(target: Uint8Array, position: number): void
  close(): Promise<void>
}
