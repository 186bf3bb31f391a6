import type { DecodeStep } from './decode-step.ts'

/** Metaspace: makes spaces of the character that stands for them; those of the first token go where one was put before the text. */
export function metaspaceToSpaces(replacement: string, isPrepended: boolean): DecodeStep {
  return (tokens) =>
    tokens.map((token, i) => token.replaceAll(replacement, i === 0 && isPrepended ? '' : ' '))
}
