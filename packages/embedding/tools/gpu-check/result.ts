/** How one computation compares with the reference. */
export interface Comparison {
  /** `chapter, dim 256` or `opt bf16, first block`. */
  readonly what: string
  /** The vectors are the reference's bit for bit, or (norms and projections) within the stated tolerance. */
  readonly outcome: 'same bits' | 'within tolerance' | 'DIFFERENT' | 'does not run'
  /** Why it does not run, or how far it is off. */
  readonly note?: string
}

/** One measured speed. */
export interface Speed {
  readonly what: string
  readonly gigabytesPerSecond: number
}

/** What was found out about one provider. */
export interface ProviderResult {
  readonly provider: string
  /** Why it does not start; undefined where it runs. */
  readonly missing?: string
  /** What happened when several threads used it, where that failed. */
  readonly threadsFailed?: string
  readonly comparisons: readonly Comparison[]
  readonly speeds: readonly Speed[]
}

/** The result of a check, as it is written to a file. */
export interface CheckResult {
  /** ISO 8601. */
  readonly date: string
  readonly machine: Readonly<Record<string, string>>
  readonly graphics: readonly string[]
  readonly libraries: readonly string[]
  readonly versions: Readonly<Record<string, string>>
  readonly providers: readonly ProviderResult[]
  /** What torch measured on the same card; undefined where there is none. */
  readonly torch?:
    { readonly device: string; readonly version: string; readonly speeds: readonly Speed[] } | undefined
}
