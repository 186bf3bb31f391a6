/** What a plan keeps of a source's content, to notice later that it changed. */
export interface SourceIdentity {
  /** Total bytes. */
  readonly byteLength: number
  /** Lower-case hex SHA-256 of the bytes as stored (compressed bytes for a compressed source). */
  readonly sha256?: string
  /** Strong ETag of an HTTP or S3 object, with its quotes: stands for the content where no hash was computed. */
  readonly etag?: string
}

/** What tells one state of a local file from another. */
export interface FileState {
  readonly inode: number
  readonly byteLength: number
  /** Milliseconds since 1970 at which its bytes or its names changed last, by the clock of its file system. */
  readonly changedMs: number
}

/** How reading a source to identify it is watched and stopped. */
export interface IdentifyWatch {
  readonly signal?: AbortSignal
  /** Told the bytes of each chunk that was hashed. */
  readonly onBytes?: (byteLength: number) => void
  /** A large local file is read and hashed by a thread beside: the caller has others to read meanwhile. @default false */
  readonly beside?: boolean
}

/** A range of bytes of a source: `[start, end)`. */
export interface ByteRange {
  /** @default 0 */
  readonly start?: number
  /** @default the end of the source */
  readonly end?: number
}

/**
 * The bytes of one source, wherever they are: a file, standard input, an HTTP or S3 object. Every format
 * reads through them.
 *
 * A chunk given by `stream` is valid until the next one is asked for: its memory is used again. Copy it to keep it.
 */
export interface ByteSource extends AsyncDisposable {
  /** As the user named it, for messages. */
  readonly name: string
  /** Total bytes, if known before reading. */
  readonly byteLength: number | undefined
  /** Whether `read`, and `stream` more than once and from anywhere, work. */
  readonly seekable: boolean
  /** Whether reading goes over a network, where many small reads are slow. */
  readonly remote: boolean
  /** Strong ETag of an HTTP or S3 object: the same one means the same bytes. */
  readonly etag: string | undefined
  /** The first bytes, at most `byteLength`, fewer only if the source is shorter. Does not count as reading it. */
  head(byteLength: number): Promise<Uint8Array>
  /**
   * Exactly the bytes `[start, end)`, in fresh memory.
   * @throws CorpusError `broken-file` if the source ends before `end`, `not-seekable` if it has no random access
   */
  read(start: number, end: number): Promise<Uint8Array>
  /** The bytes of a range in order, in chunks of any size but 0. */
  stream(range?: ByteRange): AsyncIterable<Uint8Array>
  /**
   * Identifies the content. Reads the whole source once unless the server vouches for it (a strong ETag).
   * @throws CorpusError `read-twice` for a source that can only be read once
   */
  identify(watch?: IdentifyWatch): Promise<SourceIdentity>
  /** What the file system says of a local file that is open, now; absent for every other source. */
  fileState?(): Promise<FileState>
}
