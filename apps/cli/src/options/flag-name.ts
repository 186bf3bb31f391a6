import type { OptionMention } from '@sluice/errors'

/** Options of the packages that have another name here: the folder of a dataset's checkpoint is that of its model. */
const otherNames: Readonly<Record<string, string>> = { checkpoint: 'model', roots: 'root' }

/** Returns an option's flag: `maxLength` is `--max-length`. A field of an option, as in `split.seed`, has its option's. */
export function flagName(option: string): string {
  const [said = ''] = option.split('.')
  const name = Object.hasOwn(otherNames, said) ? otherNames[said]! : said
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** Writes an option as it is typed. The corpus is an argument and has no flag. */
export function asFlag({ option, value }: OptionMention): string {
  if (option === 'corpus') return '`corpus`'
  return value === undefined ? `\`${flagName(option)}\`` : `${flagName(option)} ${value}`
}

/** Writes the options that a text names, as in `` `maxLength` `` and `` `separator: none` ``, as they are typed. */
export function withFlags(text: string): string {
  return text.replaceAll(/`(\w+)(?:: ([^`]+))?`/g, (_, option: string, value: string | undefined) =>
    value === undefined || value === 'true' ? flagName(option) : `${flagName(option)} ${value}`,
  )
}
