import { CorpusError } from '../errors.ts'

/** Finds the text in a parsed line; `undefined` if there is none. */
export type FieldReader = (line: unknown) => unknown

/**
 * Compiles the name of a field. It is a key of the line, else a path with dots into objects (`data.text`); a name that
 * begins with `/` is a JSON pointer (RFC 6901).
 *
 * @throws CorpusError `invalid-options` for a pointer with a bad escape
 */
export function compileField(field: string): FieldReader {
  if (!field.startsWith('/'))
    return field.includes('.') ? (line) => memberAt(line, field) : (line) => member(line, field)
  if (/~(?![01])/.test(field)) {
    throw new CorpusError(
      'invalid-options',
      `expected field to be a JSON pointer, got ${field}; write ~ as ~0`,
    )
  }
  const keys = field
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  return (line) => keys.reduce<unknown>(member, line)
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return Reflect.get(value, key)
}

/** The member of that name, else the one that the dots of the name lead to. */
function memberAt(value: unknown, name: string): unknown {
  const whole = member(value, name)
  if (whole !== undefined) return whole
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const inner = memberAt(member(value, name.slice(0, dot)), name.slice(dot + 1))
    if (inner !== undefined) return inner
  }
  return undefined
}
