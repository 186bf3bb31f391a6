/** One step of a decoder: tokens, as the file writes them, to texts, of which there may be fewer. */
export type DecodeStep = (tokens: readonly string[]) => string[]
