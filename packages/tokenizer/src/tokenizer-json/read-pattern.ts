import { literalPattern } from '../pretokenize/literal-pattern.ts'
import { regexPattern } from '../pretokenize/regex-pattern.ts'
import { findRunPattern } from '../pretokenize/run-pattern.ts'
import type { TextPattern } from '../pretokenize/text-pattern.ts'
import { invalid, objectAt, stringAt } from '../load/json-shape.ts'

/** Reads a pattern: `{ "String": … }` or `{ "Regex": … }`. */
export async function readPattern(value: unknown, path: string): Promise<TextPattern> {
  const pattern = objectAt(value, path)
  if (pattern['String'] !== undefined) return literalPattern(stringAt(pattern['String'], `${path}.String`))
  if (pattern['Regex'] !== undefined) {
    const expression = stringAt(pattern['Regex'], `${path}.Regex`)
    return findRunPattern(expression) ?? regexPattern(expression)
  }
  return invalid(path, 'a String or a Regex', value)
}
