/** One file, URL or object of the corpus. */
export interface SourceIdentity {
  readonly name: string
  readonly byteLength: number
  readonly sha256: string
}
