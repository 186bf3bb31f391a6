import type { DecodeStep } from './decode-step.ts'

/** Fuse: joins all texts. */
export const fuse: DecodeStep = (tokens) => [tokens.join('')]
