/**
 * Arrows point one way: a package depends only on packages of a lower layer, and what it imports it declares.
 * The layer is the `layer:N` tag in each package.json (`nx.tags`); knip finds the undeclared imports.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

interface Manifest {
  readonly name: string
  readonly nx?: { readonly tags?: readonly string[] }
  readonly dependencies?: Readonly<Record<string, string>>
}

const manifests = globSync('{packages,apps}/*/package.json').map((path) => ({
  folder: dirname(path),
  manifest: JSON.parse(readFileSync(path, 'utf8')) as Manifest,
}))

const layerOf = new Map<string, number>()
const problems: string[] = []
for (const { folder, manifest } of manifests) {
  const tag = manifest.nx?.tags?.find((candidate) => /^layer:\d+$/.test(candidate))
  if (tag === undefined) problems.push(`${folder}: expected a tag \`layer:N\` in nx.tags`)
  else layerOf.set(manifest.name, Number(tag.slice('layer:'.length)))
}
for (const { folder, manifest } of manifests) {
  const layer = layerOf.get(manifest.name) ?? 0
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (!dependency.startsWith('@sluice/')) continue
    const below = layerOf.get(dependency)
    if (below === undefined) problems.push(`${folder}: ${dependency} is not a package of this workspace`)
    else if (below >= layer) {
      problems.push(`${folder} (layer ${layer}) may not depend on ${dependency} (layer ${below})`)
    }
  }
}

if (problems.length > 0) {
  for (const problem of problems) console.error(problem)
  process.exitCode = 1
} else {
  console.log(`layers: ${manifests.length} packages, every arrow points down`)
}
