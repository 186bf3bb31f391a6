import type { RunLimited } from './expression-limit.ts'

/** A pattern that is looked for in text: a string, or an expression. */
export interface TextPattern {
  /** The text with `content` for every match. */
  readonly replace: (text: string, content: string) => string
  /**
   * Calls `emit` with every match in valid UTF-8 `bytes[start, end)`, in order; a match may be empty. The bytes outside are not looked at.
   */
  readonly findMatches: (
    bytes: Uint8Array,
    start: number,
    end: number,
    emit: (start: number, end: number) => void,
  ) => void
  /** Runs work that looks for matches again and again, and throws where that has no end. @default no work of it takes long */
  readonly runLimited?: RunLimited
  /** Whether they are found in the bytes, without making a string of them. @default false */
  readonly findsInBytes?: boolean
  /** The one ASCII character that is looked for. @default something else is */
  readonly asciiByte?: number
  /** Whether there may be a match; false is a promise. */
  readonly mayMatch: (bytes: Uint8Array, start: number, end: number) => boolean
  /**
   * Whether a space that follows a printable ASCII character is never inside a match, and never decides about one before it: the matches
   * in a text cut there are those in the whole.
   */
  readonly endsBeforeSpace: boolean
  /** Whether no match has a space. @default false */
  readonly hasNoSpace?: boolean
  /** Whether every match is one character, whatever stands beside it. @default false */
  readonly isOneCharacter?: boolean
}
