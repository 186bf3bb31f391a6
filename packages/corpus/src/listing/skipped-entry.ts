/**
 * Why an entry of a folder or glob is no source.
 * - `hidden`: its name begins with a dot
 * - `linked-folder`: a link to a folder, which `followLinks` follows
 * - `listed-already`: a link to a folder that is in the list, or around it
 * - `broken-link`: a link to nothing
 * - `not-a-file`: a device, socket or named pipe
 * - `not-data`: a file of a saved Hugging Face dataset that holds no rows: its state, description or caches
 * - `name-not-utf8`: a name that a glob cannot hold; give its folder
 */
export type SkipReason =
  'hidden' | 'linked-folder' | 'listed-already' | 'broken-link' | 'not-a-file' | 'not-data' | 'name-not-utf8'

/** An entry of a folder or glob that is not a source, with the reason. */
export interface SkippedEntry {
  /** The path as it would be a locator. */
  readonly path: string
  readonly reason: SkipReason
}
