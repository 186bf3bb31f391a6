import { Option } from 'commander'
import { flagName, withFlags } from './flag-name.ts'
import { optionSchemas, valueSchemaOf, type OptionSchema } from './option-schema.ts'
import { readEntries, readFields, readList, readNumber } from './read-value.ts'

/** Flags that have a letter of their own, or hold something that their type does not show. */
const written: Readonly<Record<string, { readonly letter: string; readonly placeholder: string }>> = {
  out: { letter: 'o', placeholder: 'dir' },
}

/**
 * Returns the flag of a configuration option: name, choices, help and default are the schema's. Values are read but not
 * checked: the configuration checks what flags and files say in one place.
 *
 * @param fallback - the command's default, where it is not the configuration's
 */
export function configFlag(name: string, fallback?: string): Option {
  const schema = optionSchemas[name]!
  const value = valueSchemaOf(schema)
  const { letter, placeholder = placeholderOf(value) } = written[name] ?? {}
  const names = `${letter === undefined ? '' : `-${letter}, `}${flagName(name)}`
  if (value.type === 'boolean') return new Option(names, helpOf(schema, fallback))
  const flag = new Option(`${names} <${placeholder}>`, helpOf(schema, fallback))
  if (value.enum !== undefined) return flag.choices(value.enum).argParser((text) => text)
  if (value.properties !== undefined) return flag.argParser(readFields(name, value))
  if (hasEntries(value)) return flag.argParser(readEntries(name))
  if (value.type === 'array') return flag.argParser(readList)
  return isNumeric(value) ? flag.argParser(readNumber) : flag
}

function placeholderOf(value: OptionSchema): string {
  if (value.enum !== undefined) return 'name'
  if (value.type === 'array') return 'name[,name]'
  if (value.properties !== undefined) {
    const [first, ...rest] = Object.keys(value.properties)
    return [first, ...rest.map((field) => `[,${field}]`)].join('')
  }
  if (hasEntries(value)) return 'text=n'
  return isNumeric(value) ? 'n' : 'text'
}

/** An option whose names are the user's. */
function hasEntries({ additionalProperties }: OptionSchema): boolean {
  return typeof additionalProperties === 'object'
}

/** An option is numeric if one of its forms is: a seed is an integer or, beyond 2^53, its digits. */
function isNumeric({ type, anyOf = [] }: OptionSchema): boolean {
  return type === 'integer' || type === 'number' || anyOf.some(isNumeric)
}

/** Returns the first sentence of a description as a phrase, with its default. */
function helpOf(
  { description = '', defaultText, default: given }: OptionSchema,
  fallback = defaultText ??
    (given === undefined || given === null || given === false ? undefined : String(given)),
): string {
  const [sentence = ''] = description.split(/\.(?: |$)/, 1)
  const phrase = /^[A-Z][a-z ]/.test(sentence) ? sentence[0]!.toLowerCase() + sentence.slice(1) : sentence
  const text = fallback === undefined ? phrase : `${phrase} (default: ${fallback})`
  return withFlags(text)
}
