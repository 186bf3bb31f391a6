/**
 * Where datasets live. Names are relative, `/`-separated (`parts/00000-….arrow`).
 *
 * A name, once published, never changes its bytes: publishing is create-only and atomic, so a reader sees all of an
 * object or nothing. A folder does it with a temporary file and `link`; an object store does it with a conditional
 * put (`If-None-Match: *`). Every call may be slow: a storage may be on another machine.
 */
export interface DatasetStorage {
  /** For messages: the folder's path or the bucket's address. */
  readonly location: string
  /** The folder in which objects are files under their names; undefined where they are no local files. */
  readonly path?: string
  /** The trusted folder that `path` is or lies in: from there on no link is followed. @default `path` */
  readonly within?: string
  /**
   * Starts an object that nobody can see until it is published.
   *
   * @param hint - becomes part of the temporary name, so that a leftover can be recognised.
   */
  stage(hint: string, options?: StageOptions): Promise<StagedObject>
  /**
   * Opens an object that outlives the attempt that writes it, with what earlier attempts wrote; made where it is not there. Its
   * name is its own, and no reader knows it. Several may write it at once, if they write the same bytes.
   */
  grow(name: string): Promise<GrowingObject>
  /** @throws DatasetError `not-found` when there is no such object. */
  openRead(name: string): Promise<ReadHandle>
  /** Synchronous variant; absent where the storage has none. */
  openReadSync?(name: string): ReadHandle
  /** Undefined when there is no such object. */
  stat(name: string): Promise<ObjectStat | undefined>
  /** Entries directly under the folder `prefix` (`''` is the root), sorted by name. Empty when there is none. */
  list(prefix: string): Promise<readonly ListedEntry[]>
  /** Removes an object; absent is fine. Used for repair and for leftovers of attempts, never for published parts. */
  remove(name: string): Promise<void>
  /** Removes a folder with all that is in it; absent is fine. The root, `''`, is removed only if it is empty. */
  removeFolder(prefix: string): Promise<void>
  /** What attempts that ended early left behind, under names that {@link remove} takes. Some may still be under way. */
  leftovers(): Promise<readonly ListedEntry[]>
  /** Bytes that may still be written; Infinity where there is no limit. */
  freeBytes(): Promise<number>
}

/** Options of {@link DatasetStorage.stage}. */
export interface StageOptions {
  /**
   * A large object that this machine does not read again soon. Its bytes need not go through the system's cache: that costs as much
   * processor time as making them, and drives out what is read again.
   * @default false
   */
  readonly uncached?: boolean
}

/** What {@link DatasetStorage.stat} tells. */
export interface ObjectStat {
  readonly byteLength: number
  /** Milliseconds since 1970 of the last change: leftovers are told from attempts in progress by age. */
  readonly modifiedMs: number
}

/** An entry of {@link DatasetStorage.list}. */
export interface ListedEntry extends ObjectStat {
  /** Without the folder it was listed in; names of folders end in `/`, and their `byteLength` is 0. */
  readonly name: string
}

/** Bytes that are hashed as they are written. */
export interface HashedBytes {
  /** The sha256 of all bytes, in hexadecimal. Nothing may be written then. */
  sha256(): Promise<string>
}

/** An object being written. Exactly one of `publish` and `discard` ends it. */
export interface StagedObject {
  /** Bytes written so far. */
  readonly byteLength: number
  /**
   * Tells the hash of what is written, where that is computed on the way, in a thread beside: whoever writes need not. Known from
   * the first write on.
   */
  readonly hashed?: HashedBytes | undefined
  /** Writes all buffers at the end. They may be reused, and `write` called again, when the promise is fulfilled. */
  write(buffers: readonly Uint8Array[]): Promise<void>
  /**
   * Makes the bytes durable and then visible under `name`, if that name is free.
   *
   * @returns `exists` when the name was taken (the staged bytes are discarded), else `created`.
   */
  publish(name: string): Promise<'created' | 'exists'>
  /** Throws the bytes away; never throws itself, and does nothing after `publish`. */
  discard(): Promise<void>
}

/** An object that is written over several attempts. */
export interface GrowingObject {
  /** Writes bytes at a position. The buffer may be reused, and `write` called again, when the promise is fulfilled. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Makes what was written durable. */
  sync(): Promise<void>
  /**
   * Makes the bytes durable and then visible under `name` as well, if that name is free. Nothing else may be written then.
   *
   * @returns `exists` when the name was taken, else `created`
   */
  publish(name: string): Promise<'created' | 'exists'>
  /** Lets the object go; what was written stays. */
  close(): Promise<void>
}

/** Random access to a published object. */
export interface ReadHandle {
  readonly name: string
  readonly byteLength: number
  /** All of its bytes, where they are in memory. */
  readonly held?: Uint8Array
  /** Fills `target` from `position` on. @throws DatasetError `corrupt` when the object ends before. */
  read(target: Uint8Array, position: number): Promise<void>
  /** Synchronous variant; absent where the storage has none. */
  readSync?(target: Uint8Array, position: number): void
  /** Equal for an object that nobody changed meanwhile: what was proved of one is true of the other. Absent where nothing tells. */
  readonly version?: string
  /** @throws DatasetError `corrupt` where the object was changed since it was opened. Absent where nothing tells. */
  checkUnchanged?(): void
  /** Lets the object go; reading from it then is an error. */
  close(): Promise<void>
}
