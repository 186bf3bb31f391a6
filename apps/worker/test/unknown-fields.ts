/**
 * The fields of a value that its validator never looks at. Schemas of Kubernetes allow any field beside their own, and the cluster's
 * strict check refuses it: a name that is mistyped would be accepted here and mean nothing there.
 *
 * @param model gets values that notice what is read, in place of its own
 * @param validate looks at the model
 */
export function unknownFields(model: object, validate: () => void): readonly string[] {
  const unread = new Set<string>()
  for (const [name, value] of Object.entries(model)) Reflect.set(model, name, noticing(value, name, unread))
  validate()
  return [...unread]
}

/** The same value; `unread` holds the paths of what was not read of it yet. */
function noticing(value: unknown, path: string, unread: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, inner]) => {
    const place = `${path}.${name}`
    unread.add(place)
    return [name, noticing(inner, place, unread)] as const
  })
  const same = Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries)
  return new Proxy(same, {
    get(target, name) {
      unread.delete(`${path}.${String(name)}`)
      return Reflect.get(target, name) as unknown
    },
  })
}
