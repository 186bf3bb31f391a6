import type { DecodeStep } from './decode-step.ts'

/** How much a Strip removes from each text. */
export interface StripOptions {
  /** The character that is removed. */
  readonly content: string
  /** Most characters taken from the beginning and from the end. */
  readonly start: number
  readonly stop: number
}

/** Strip: removes a character from the beginning and the end of each text. */
export function stripFrom({ content, start, stop }: StripOptions): DecodeStep {
  return (tokens) =>
    tokens.map((token) => {
      if (!token.startsWith(content) && !token.endsWith(content)) return token
      const chars = Array.from(token)
      let from = 0
      while (from < Math.min(start, chars.length) && chars[from] === content) from++
      let to = chars.length
      while (to > from && chars.length - to < stop && chars[to - 1] === content) to--
      return chars.slice(from, to).join('')
    })
}
