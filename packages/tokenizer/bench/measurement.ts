/** What one process that encodes one text again and again reports. */
export interface Measurement {
  /** Milliseconds from the start of loading to being ready to encode. */
  readonly loadMs: number
  /** Seconds of processor time of loading. */
  readonly loadCpuSeconds?: number
  /** Seconds of processor time, user and system, of all the process's threads, for each pass in order. */
  readonly cpuSeconds: readonly number[]
  /** Seconds of wall time of each pass. */
  readonly wallSeconds: readonly number[]
  readonly byteLength: number
  readonly idCount: number
  /** Of the ids as little-endian uint32. */
  readonly sha256: string
}
