/** Ids that stand around the text of each document and are part of it, such as a beginning-of-sequence id. */
export interface DocumentFrame {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** The most ids on one side of a text: templates have one or two. */
export const mostFrameIds = 64

const nothing: DocumentFrame = { before: [], after: [] }

/** The frame of a plan's tokenizer. */
export function frameOf({ frame = nothing }: { readonly frame?: DocumentFrame }): DocumentFrame {
  return frame
}

/** Ids of a frame. */
export function frameLength({ before, after }: DocumentFrame): number {
  return before.length + after.length
}
