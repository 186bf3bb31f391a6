import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { npmFlags, root } from './project.ts'
import { must } from './run.ts'

/** Makes the next version of a copy of the workspace's manifests, from a changeset: one version for all, and a line of the changelog. */
export function tryVersion(folder: string): void {
  const files = globSync(
    [
      'package.json',
      'package-lock.json',
      'CHANGELOG.md',
      '.changeset/*',
      '{packages,apps}/*/package.json',
      '**/python/pyproject.toml',
    ],
    { cwd: root, exclude: ['**/node_modules'] },
  )
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(root, file), join(folder, file))
  }
  writeFileSync(
    join(folder, '.changeset/a-change.md'),
    "---\n'@sluice/dataset': minor\n---\n\nA thing that\nusers see.\n",
  )
  must(folder, process.execPath, [join(root, 'tools/release/main.ts'), 'version', '2030-01-31'])
  const manifests = globSync('{packages,apps}/*/package.json', { cwd: folder }).map((file) =>
    readFileSync(join(folder, file), 'utf8'),
  )
  const next = (JSON.parse(manifests[0]!) as { readonly version: string }).version
  const old = (
    JSON.parse(readFileSync(join(root, 'packages/errors/package.json'), 'utf8')) as {
      readonly version: string
    }
  ).version
  const others = manifests.filter((text) => text.includes(`"@sluice/`) && text.includes(`"${old}"`))
  if (next === old || others.length > 0) throw new Error(`${others.length} packages stay at ${old}`)
  const [changelog, python] = ['CHANGELOG.md', 'packages/dataloader/python/pyproject.toml'].map((file) =>
    readFileSync(join(folder, file), 'utf8'),
  )
  if (!changelog!.includes(`## ${next}, 2030-01-31\n\n- A thing that users see.\n`))
    throw new Error(`CHANGELOG.md has no section of ${next}`)
  if (!python!.includes(`version = "${next}"`)) throw new Error(`The Python reader is not ${next}`)
}

/** Publishes every package, but for the last step: what npm would refuse is an error. */
export function tryPublish(workspaces: readonly string[]): void {
  const flags = [...npmFlags.filter((flag) => !flag.startsWith('--loglevel')), '--ignore-scripts', '--json']
  const printed = must(root, 'npm', ['publish', '--dry-run', ...flags, ...workspaces])
  for (const workspace of workspaces.filter((word) => word !== '--workspace')) {
    const name = `@sluice/${workspace.split('/').at(-1)}`
    if (!printed.includes(`"${name}"`)) throw new Error(`npm would not publish ${name}:\n${printed}`)
  }
}
