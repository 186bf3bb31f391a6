import { TokenizerError } from '../errors.ts'

/** A parsed JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Refuse a component that is not known: an approximation would give wrong ids. */
export function refuse(what: string): never {
  throw new TokenizerError(
    'unsupported-component',
    `Expected a tokenizer with parts that are followed exactly, got ${what}: train or export it without, or use ids made elsewhere`,
  )
}

/** Refuse a value. @param path of the member; empty for the whole file */
export function invalid(path: string, expected: string, got: unknown): never {
  const what = path === '' ? 'the tokenizer file' : `\`${path}\` of the tokenizer file`
  throw new TokenizerError('invalid-vocabulary', `Expected ${what} to be ${expected}, got ${describe(got)}`)
}

export function objectAt(value: unknown, path: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) invalid(path, 'an object', value)
  return value as JsonObject
}

export function arrayAt(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) invalid(path, 'an array', value)
  return value
}

export function stringAt(value: unknown, path: string): string {
  if (typeof value !== 'string') invalid(path, 'a string', value)
  return value
}

export function booleanAt(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') invalid(path, 'true or false', value)
  return value
}

export function countAt(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) invalid(path, 'a count', value)
  return value
}

/** Ids are bounded so that a hostile file cannot ask for gigabytes of tables. */
export function idAt(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= 1 << 24) {
    invalid(path, 'a token id (an integer from 0 to 16777215)', value)
  }
  return value
}

/** Refuse any member whose value is neither absent nor one of `allowed`. */
export function requireOneOf(
  object: JsonObject,
  member: string,
  path: string,
  allowed: readonly unknown[],
): void {
  const value = object[member]
  if (value !== undefined && !allowed.includes(value)) refuse(`\`${path}.${member}\`: ${describe(value)}`)
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
