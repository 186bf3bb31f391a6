import { CommandError } from '../errors.ts'
import { flagName } from './flag-name.ts'
import type { OptionSchema } from './option-schema.ts'

/**
 * Reads a number as typed. What is not a number, or is an integer too large for one, stays text, for the configuration to
 * judge.
 */
export function readNumber(text: string): number | string {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) return text
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? text : value
}

/** Reads a list as typed: its values with commas between them. A flag that stands twice adds to the list. */
export function readList(text: string, before?: unknown): readonly string[] {
  const values = text.split(',')
  return Array.isArray(before) ? [...(before as string[]), ...values] : values
}

/** Returns the reader of an option with fields: their values in order, with commas, the last ones optional. */
export function readFields(
  name: string,
  { properties = {}, required = [] }: OptionSchema,
): (text: string) => Readonly<Record<string, number | string>> {
  const fields = Object.keys(properties)
  return (text) => {
    const values = text.split(',')
    if (values.length > fields.length || values.length < required.length) {
      throw new CommandError(
        'invalid-option',
        `Expected \`${flagName(name)}\` to be ${fields.join(' and ')} with a comma between them, got \`${text}\``,
      )
    }
    return Object.fromEntries(values.map((value, i) => [fields[i]!, readNumber(value)]))
  }
}

/** Returns the reader of an option with names of the user's: one name, `=` and its number. A flag that stands twice adds another. */
export function readEntries(
  name: string,
): (text: string, before?: unknown) => Readonly<Record<string, number | string>> {
  return (text, before = {}) => {
    const at = text.lastIndexOf('=')
    if (at < 1) {
      throw new CommandError(
        'invalid-option',
        `Expected \`${flagName(name)}\` to be a name, = and a number, got \`${text}\``,
      )
    }
    const entries = new Map(Object.entries(before as Record<string, number | string>))
    entries.set(text.slice(0, at), readNumber(text.slice(at + 1)))
    return Object.fromEntries(entries)
  }
}
