import type { SubmitJobRequest$ } from '@aws-sdk/client-batch'

/** What a call or a part of it is made of: `[3, namespace, name, traits, names of members, their shapes, how many of them must be there]`. */
export type Structure = typeof SubmitJobRequest$
type Shape = Structure[5][number]

/** Shapes that are numbers: what the value is, with a bit where it is a list or a map of such. */
const simple = ['string', 'number', 'boolean'] as const
const bits = { list: 64, map: 128 }
/** Kinds of the shapes that are arrays: what they hold is their fifth item. */
const kinds = { list: 1, structure: 3 }

/** Options that every call of the command line takes, and that are no part of its request. */
const ofEveryCall = new Set(['output', 'query'])

/**
 * The request that the AWS command line sends for `--option value…`, as the model of the call has it.
 *
 * @throws Error with all that the model does not allow: options and members that it does not know, required ones that are missing, values
 * of another type
 */
export function requestOf(structure: Structure, words: readonly string[]): Record<string, unknown> {
  const request: Record<string, unknown> = {}
  for (let at = 0; at < words.length;) {
    const option = words[at++]!
    if (!option.startsWith('--')) throw new Error(`Expected an option, got ${option}`)
    const end = words.findIndex((word, place) => place >= at && word.startsWith('--'))
    const values = words.slice(at, end === -1 ? undefined : end)
    at += values.length
    const name = option.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
    if (ofEveryCall.has(name)) continue
    const place = structure[4].indexOf(name)
    request[name] = place === -1 ? values : valueOf(structure[5][place]!, values)
  }
  const faults = faultsIn(structure, request, structure[2])
  if (faults.length > 0) throw new Error(faults.join('; '))
  return request
}

/** The names of a structure's members. */
export function membersOf(structure: Structure): readonly string[] {
  return structure[4]
}

/** A value as it is written on the command line: JSON, or `member=value` of a structure. */
function valueOf(given: Shape, values: readonly string[]): unknown {
  const shape = resolve(given)
  const [text = ''] = values
  if (/^[[{]/.test(text)) return JSON.parse(text) as unknown
  if (shape === simple.indexOf('number')) return Number(text)
  if (shape === simple.indexOf('boolean')) return text === 'true'
  if (typeof shape === 'number') return (shape & bits.list) === 0 ? text : values
  if (isOfKind(shape, 'list')) return values.map((value) => valueOf(shape[4] as Shape, [value]))
  const members = (text.match(/[^=,]+=[^,]*/g) ?? []).map((pair) => {
    const [name = '', value = ''] = pair.split('=')
    const place = (shape as unknown as Structure)[4].indexOf(name)
    return [name, place === -1 ? value : valueOf((shape as unknown as Structure)[5][place]!, [value])]
  })
  return Object.fromEntries(members) as unknown
}

function faultsIn(given: Shape, value: unknown, path: string): readonly string[] {
  const shape = resolve(given)
  if (typeof shape === 'number') return faultsInSimple(shape, value, path)
  if (isOfKind(shape, 'list')) {
    if (!Array.isArray(value)) return [`${path}: expected a list, got ${JSON.stringify(value)}`]
    return value.flatMap((item, index) => faultsIn(shape[4] as Shape, item, `${path}[${index}]`))
  }
  if (!isOfKind(shape, 'structure')) throw new Error(`${path}: no shape of this kind is known here`)
  const [, , , , names, shapes, required = 0] = shape as unknown as Structure
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${path}: expected a structure, got ${JSON.stringify(value)}`]
  const missing = names.slice(0, required).filter((name) => !Object.hasOwn(value, name))
  return [
    ...missing.map((name) => `${path}: expected ${name}, got none`),
    ...Object.entries(value).flatMap(([name, inner]) => {
      const place = names.indexOf(name)
      return place === -1
        ? [`${path}: no such member: ${name}`]
        : faultsIn(shapes[place]!, inner, `${path}.${name}`)
    }),
  ]
}

function faultsInSimple(shape: number, value: unknown, path: string): readonly string[] {
  const type = simple[shape & ~(bits.list | bits.map)]
  if (type === undefined) throw new Error(`${path}: no shape ${shape} is known here`)
  const isContainer = (shape & (bits.list | bits.map)) !== 0
  const fits = (shape & bits.list) === 0 || Array.isArray(value)
  const values = isContainer && typeof value === 'object' && value !== null ? Object.values(value) : [value]
  return fits && values.every((one) => typeof one === type)
    ? []
    : [`${path}: expected ${isContainer ? 'values of type ' : ''}${type}, got ${JSON.stringify(value)}`]
}

/** A shape may be given as a function, as shapes may hold each other. */
function resolve(shape: Shape): number | readonly unknown[] {
  return (typeof shape === 'function' ? shape() : shape) as number | readonly unknown[]
}

function isOfKind(shape: number | readonly unknown[], kind: keyof typeof kinds): shape is readonly unknown[] {
  return typeof shape === 'object' && shape[0] === kinds[kind]
}
