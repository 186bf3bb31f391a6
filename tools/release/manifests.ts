/**
 * `node tools/release/manifests.ts [--write]`: sees that every published package says the same about itself (home, licence,
 * Node, access, what its tarball holds), or writes it. The home is that of the workspace's package.json.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { commonFields, orderFields, type Manifest } from './common-fields.ts'

const write = process.argv.includes('--write')
const workspace = read('package.json')
const python = 'packages/dataloader/python/pyproject.toml'
const problems: string[] = []
let published = 0
for (const path of globSync('{packages,apps}/*/package.json').toSorted()) {
  const manifest = read(path)
  if (manifest.private === true) continue
  published++
  const wanted = orderFields({ ...manifest, ...commonFields(manifest, workspace, dirname(path)) })
  if (JSON.stringify(wanted) !== JSON.stringify(manifest)) {
    if (write) writeFileSync(path, `${JSON.stringify(wanted, null, 2)}\n`)
    else problems.push(`${path}: \`node tools/release/manifests.ts --write\` would change it`)
  }
  // Where a package is looked at, its folder is all there is.
  for (const [, link] of readFileSync(join(dirname(path), 'README.md'), 'utf8').matchAll(
    /\]\((\.\.[^)]*)\)/g,
  ))
    problems.push(`${dirname(path)}/README.md: ${link} leads out of the package; say where it is in words`)
  if (manifest.keywords === undefined || manifest.keywords.length < 2)
    problems.push(`${path}: expected keywords`)
}
const { version } = read('packages/errors/package.json')
if (!readFileSync(python, 'utf8').includes(`\nversion = "${version as string}"\n`))
  problems.push(`${python}: expected version ${version as string}, that of the packages`)
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log(`manifests: ${published} packages say the same about themselves`)

function read(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest
}
