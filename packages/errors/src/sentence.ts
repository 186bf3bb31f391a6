/** An option inside a {@link Sentence}: a command line prints it as a flag, a library as a field. */
export interface OptionMention {
  /** The option as a configuration names it, such as `maxLength`. */
  readonly option: string
  /** The value to set, where the sentence gives one. */
  readonly value?: string
}

/** A message whose options are still data, so that each program prints them as its users type them. */
export type Sentence = readonly (string | OptionMention)[]

/** Writes an option as `` `maxLength` `` or `` `onError: skip` ``. */
export function asField(mention: OptionMention): string {
  return mention.value === undefined ? `\`${mention.option}\`` : `\`${mention.option}: ${mention.value}\``
}

/** Mentions an option in a {@link sentence}. */
export function option(name: string, value?: string): OptionMention {
  return { option: name, ...(value !== undefined && { value }) }
}

/** Template tag that makes a {@link Sentence}: ``sentence`Expected ${option('stride')} to be positive` ``. */
export function sentence(
  texts: TemplateStringsArray,
  ...values: readonly (string | number | OptionMention)[]
): Sentence {
  const parts: (string | OptionMention)[] = []
  texts.forEach((text, i) => {
    const value = values[i]
    if (text !== '') parts.push(text)
    if (value !== undefined) parts.push(typeof value === 'object' ? value : String(value))
  })
  return parts
}

/** Writes a sentence out, naming options by `nameOption`. */
export function renderSentence(
  parts: Sentence,
  nameOption: (mention: OptionMention) => string = asField,
): string {
  return parts.map((part) => (typeof part === 'string' ? part : nameOption(part))).join('')
}
