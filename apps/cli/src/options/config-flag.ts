import { Option } from 'commander'
import { flagName } from './flag-name.ts'
import { optionSchemas, valueSchemaOf, type OptionSchema } from './option-schema.ts'
import { readNumber, readFields } from './read-value.ts'

/** Flags that have a letter of their own. */
const letterOf: Readonly<Record<string, string>> = { out: 'o' }

/**
 * Returns the flag of a configuration option: name, choices, help and default are the schema's. Values are read but not
 * checked: the configuration checks what flags and files say in one place.
 */
export function configFlag(name: string): Option {
  const schema = optionSchemas[name]!
  const value = valueSchemaOf(schema)
  const letter = letterOf[name] === undefined ? '' : `-${letterOf[name]}, `
  const flag = new Option(`${letter}${flagName(name)} <${placeholderOf(value)}>`, helpOf(schema))
  if (value.enum !== undefined) return flag.choices(value.enum).argParser((text) => text)
  if (value.properties !== undefined) return flag.argParser(readFields(name, value))
  return isNumeric(value) ? flag.argParser(readNumber) : flag
}

function placeholderOf(value: OptionSchema): string {
  if (value.enum !== undefined) return 'name'
  if (value.properties !== undefined) {
    const [first, ...rest] = Object.keys(value.properties)
    return [first, ...rest.map((field) => `[,${field}]`)].join('')
  }
  return isNumeric(value) ? 'n' : 'text'
}

/** An option is numeric if one of its forms is: a seed is an integer or, beyond 2^53, its digits. */
function isNumeric({ type, anyOf = [] }: OptionSchema): boolean {
  return type === 'integer' || type === 'number' || anyOf.some(isNumeric)
}

/** Returns the first sentence of a description as a phrase, with its default. */
function helpOf({ description = '', defaultText, default: given }: OptionSchema): string {
  const [sentence = ''] = description.split(/\.(?: |$)/, 1)
  const phrase = /^[A-Z][a-z]/.test(sentence) ? sentence[0]!.toLowerCase() + sentence.slice(1) : sentence
  const fallback = defaultText ?? (given === undefined || given === null ? undefined : String(given))
  const text = fallback === undefined ? phrase : `${phrase} (default: ${fallback})`
  return text.replaceAll(/`(\w+)`/g, (_, option: string) => flagName(option))
}
