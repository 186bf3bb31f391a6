/**
 * Arrows point one way.
 *
 * - A package depends only on packages of a lower layer (the `layer:N` tag in `nx.tags` of its package.json); knip finds the
 *   imports that are not declared. Tests of any layer may use `@sluice/testing`, as a development dependency.
 * - No import leaves its package by a path: others are reached by their front door, and nothing imports `tools/`.
 * - What a package ships (`src`) does not import its tests, benches or tools.
 * - Within a package's `src`, no files or folders import each other around, type imports included; circles that are known
 *   are listed in `known-circles.json`, and a circle that is gone must leave the list.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { circlesOf, type Arrow, type Circle } from './circles.ts'
import { importsOf } from './imports.ts'

interface Manifest {
  readonly name: string
  readonly nx?: { readonly tags?: readonly string[] }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const testing = '@sluice/testing'
/** The set-up that every vitest.config.ts shares. */
const shared = 'vitest.project.ts'

const packages = globSync('{packages,apps}/*/package.json').map((path) => ({
  folder: dirname(path),
  manifest: JSON.parse(readFileSync(path, 'utf8')) as Manifest,
}))
const problems = [...packageArrows(), ...importArrows()]
if (problems.length > 0) {
  for (const problem of problems) console.error(problem)
  process.exitCode = 1
} else {
  console.log(`layers: ${packages.length} packages, every arrow points down`)
}

function* packageArrows(): Generator<string> {
  const layerOf = new Map<string, number>()
  for (const { folder, manifest } of packages) {
    const tag = manifest.nx?.tags?.find((candidate) => /^layer:\d+$/.test(candidate))
    if (tag === undefined) yield `${folder}: expected a tag \`layer:N\` in nx.tags`
    else layerOf.set(manifest.name, Number(tag.slice('layer:'.length)))
  }
  for (const { folder, manifest } of packages) {
    const layer = layerOf.get(manifest.name) ?? 0
    // Programs are bundled: what is in the bundle is a development dependency.
    for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
      if (!dependency.startsWith('@sluice/')) continue
      const below = layerOf.get(dependency)
      if (below === undefined) yield `${folder}: ${dependency} is not a package of this workspace`
      else if (dependency === testing && dependency in (manifest.dependencies ?? {}))
        yield `${folder}: ${testing} is for tests, expected it in devDependencies`
      else if (below >= layer && dependency !== testing)
        yield `${folder} (layer ${layer}) may not depend on ${dependency} (layer ${below})`
    }
  }
}

function* importArrows(): Generator<string> {
  const known = JSON.parse(
    readFileSync(join(import.meta.dirname, 'known-circles.json'), 'utf8'),
  ) as readonly string[]
  const seen = new Set<string>()
  for (const folder of [...packages.map((entry) => entry.folder), 'tools']) {
    const arrows: Arrow[] = []
    const source = join(folder, 'src') + sep
    for (const file of sourceFiles(folder)) {
      for (const name of importsOf(file)) {
        if (name.startsWith(testing) && file.startsWith(source) && folder !== 'packages/testing')
          yield `${file}: what is shipped may not import ${name}`
        if (!name.startsWith('.')) continue
        const to = join(dirname(file), name)
        if (relative(folder, to).startsWith('..')) {
          if (to !== shared) yield `${file}: ${name} leaves ${folder}; import a package by its name`
        } else if (file.startsWith(source)) {
          if (to.startsWith(source)) arrows.push({ from: file, to })
          else if (!to.endsWith('.json')) yield `${file}: what is shipped may not import ${name}`
        }
      }
    }
    for (const circle of circlesOf(arrows)) {
      const name = `${circle.folder}: ${circle.members.join(' ')}`
      const listed = known.find((entry) => covers(entry, circle))
      if (listed !== undefined) {
        seen.add(listed)
        continue
      }
      const lines = circle.arrows.map(({ from, to }) => `\n    ${from} → ${to}`)
      yield `a circle of imports in ${name}${lines.join('')}`
    }
  }
  for (const name of known) {
    if (!seen.has(name)) yield `tools/check/known-circles.json: this circle is gone, remove it: ${name}`
  }
}

/** Whether a known circle is this one, or was before it shrank. */
function covers(entry: string, { folder, members }: Circle): boolean {
  const [place, names = ''] = entry.split(': ')
  return place === folder && members.every((member) => names.split(' ').includes(member))
}

function sourceFiles(folder: string): string[] {
  // AssemblyScript is checked by the compiler of the kernel.
  const exclude = ['**/node_modules/**', '**/dist/**', 'packages/tokenizer/kernel/**']
  return globSync(`${folder}/**/*.ts`, { exclude })
}
