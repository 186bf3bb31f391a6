/** What the post-processor of a tokenizer.json does. */
export interface PostProcessor {
  /** Ids put around a text. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** Whether offsets leave out the white space of tokens, and whether a space of the first one counts as put there. */
  readonly trimOffsets: { readonly addPrefixSpace: boolean } | undefined
}
