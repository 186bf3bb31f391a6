/** A column of a list: whole numbers up to 2^53 − 1, sha256 in hexadecimal, or texts. Nothing in it is null. */
export interface ListColumn {
  /** Name in the Arrow file. */
  readonly name: string
  /** The field of a row that it holds. */
  readonly field: string
  readonly type: 'whole' | 'sha256' | 'text'
}

/** What the rows of a list are. */
export interface ListKind<Row extends object> {
  /** How the names of its files begin. */
  readonly name: string
  readonly columns: readonly ListColumn[]
  /** Only for the type: a list of sources is no list of parts. */
  readonly row?: Row
}

/** A row as its columns hold it. */
export type ListRow = Readonly<Record<string, number | string>>

/** One file of a list. Its name follows from its place and hash. */
export interface ListFile {
  readonly rows: number
  readonly byteLength: number
  readonly sha256: string
}

/** A list by its content: how a plan or a manifest names one. */
export interface ListIdentity {
  /** Rows of all files. */
  readonly count: number
  readonly files: readonly ListFile[]
}

/** Rows of a file at most: one is read, and its hash compared, to get at any of its rows. */
export const mostListRows = 16_384

/** Bytes of the texts of a file at most, but for the row that reaches it. */
export const mostListTextBytes = 16 << 20

/** More bytes are no file of a list: its rows, and one text of any length that a source's name can have. */
export const mostListFileBytes = 64 << 20

/** A plan and a manifest hold lists up to this long themselves: small ones are read at a glance. */
export const mostInlineRows = 4096
