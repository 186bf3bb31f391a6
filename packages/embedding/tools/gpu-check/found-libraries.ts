/** Shared libraries that were found, as the start of a process needs them. */
export interface FoundLibraries {
  /** For `LD_LIBRARY_PATH`. */
  readonly folders: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  /** What was found where, and what not. */
  readonly notes: readonly string[]
}
