import type { TextPattern } from '../pretokenize/text-pattern.ts'
import type { DecodeStep } from './decode-step.ts'

/** Replace: every match of a pattern, in each text by itself. */
export function replaceIn(pattern: TextPattern, content: string): DecodeStep {
  return (tokens) => tokens.map((token) => pattern.replace(token, content))
}
