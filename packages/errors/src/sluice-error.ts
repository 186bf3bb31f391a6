import { resolveHandling, type Blame, type Handling, type Retry } from './handling.ts'
import { asField, renderSentence, type OptionMention, type Sentence } from './sentence.ts'

/** An option that gets the caller past the error, and its effect. */
export interface Hint extends OptionMention {
  /** What the option does, in the third person: `leaves the line out and counts it`. */
  readonly effect: string
}

/** Facts that any {@link SluiceError} can carry. */
export interface ErrorFacts {
  readonly hint?: Hint
  readonly cause?: unknown
}

/** Marks errors across copies of this package and across threads, where `instanceof` fails. */
const mark: unique symbol = Symbol.for('sluice.error')

/**
 * Base of every error that Sluice throws on purpose. Its message is one line that says what, where, expected, got, and
 * what to do; `code` tells the cases of one package apart, `blame` whose fault it is.
 */
export abstract class SluiceError<Code extends string = string> extends Error {
  readonly [mark] = true
  readonly code: Code
  readonly blame: Blame
  readonly retry: Retry
  readonly isolated: boolean
  readonly sentence: Sentence
  readonly hint: Hint | undefined

  /**
   * @param handling - row of the package's table of codes
   * @param message - the sentence without the hint, which is added to `message`
   */
  constructor(
    code: Code,
    handling: Blame | Handling,
    message: string | Sentence,
    { hint, cause }: ErrorFacts = {},
  ) {
    const sentence = typeof message === 'string' ? [message] : message
    super(renderMessage(sentence, hint), cause === undefined ? undefined : { cause })
    const { blame, retry, isolated } = resolveHandling(handling)
    this.code = code
    this.blame = blame
    this.retry = retry
    this.isolated = isolated
    this.sentence = sentence
    this.hint = hint
  }

  /** Writes the message with options named by `nameOption`, for example as flags of a command line. */
  render(nameOption: (mention: OptionMention) => string): string {
    return renderMessage(this.sentence, this.hint, nameOption)
  }
}

function renderMessage(
  parts: Sentence,
  hint: Hint | undefined,
  nameOption: (mention: OptionMention) => string = asField,
): string {
  const text = renderSentence(parts, nameOption)
  return hint === undefined ? text : `${text}; ${nameOption(hint)} ${hint.effect}`
}

/** Whether an error is one of Sluice's, also from another copy of this package. */
export function isSluiceError(error: unknown): error is SluiceError {
  return error instanceof Error && mark in error
}
