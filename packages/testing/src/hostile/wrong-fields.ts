import { edit, type HostileFolder, type Json } from './change-folder.ts'

/** Values of the wrong kind, for every field that a manifest has. */
const wrong: readonly unknown[] = [null, -1, 2 ** 31, 2 ** 53, 1.5, '1', true, [], {}, [[]], '\ud800', 1e308]

/** Each field of the manifest in turn with a value that it should not have: `manifest` says which there are. */
export function wrongFields(manifest: Json): (readonly [string, (at: HostileFolder) => void])[] {
  const paths: string[][] = []
  const walk = (value: Json, path: string[]): void => {
    if (path.length > 0) paths.push(path)
    if (typeof value !== 'object' || value === null || path[0] === 'config') return
    for (const key of Object.keys(value))
      if (!Array.isArray(value) || key === '0') walk(value[key], [...path, key])
  }
  walk(manifest, [])
  return paths.map((path, number) => {
    const value = wrong[number % wrong.length]
    const change = edit((changed) => {
      const inner = path.slice(0, -1).reduce((one: Json, key) => one[key], changed)
      inner[path.at(-1)!] = value
    })
    return [`${path.join('.')} = ${JSON.stringify(value)}`, change] as const
  })
}
