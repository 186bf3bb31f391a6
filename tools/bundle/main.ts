/**
 * `node tools/bundle/main.ts [NAME…]`: the programs of `apps/` as few files, in `apps/NAME/dist`. A process that loads its 600 modules
 * one by one takes a third of a second longer to start, and so does each of its threads. Does nothing where the bundles are
 * newer than every source.
 */
import { copyFileSync, globSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleProgram } from './bundle-program.ts'
import { expectDeclared } from './declared-imports.ts'
import { thirdPartyLicences } from './third-party.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const sources = [
  'package-lock.json',
  '{packages,apps}/*/package.json',
  '{packages,apps}/*/src/**/*.ts',
  'tools/bundle/*.ts',
]
const newest = Math.max(...globSync(sources, { cwd: root }).map((file) => modifiedAt(join(root, file))))

const apps = process.argv.length > 2 ? process.argv.slice(2) : ['cli', 'worker']
for (const app of apps) {
  const folder = join(root, 'apps', app)
  const outFolder = join(folder, 'dist')
  if (modifiedAt(join(outFolder, 'main.js')) > newest) continue
  rmSync(outFolder, { recursive: true, force: true })
  const { modules, imported } = await bundleProgram(folder, { main: join(folder, 'src/main.ts') }, outFolder)
  expectDeclared(folder, imported)
  // The text of `sluice demo`, which a checkout has in its examples.
  if (app === 'cli') copyFileSync(join(root, 'examples/the-verdict.txt'), join(outFolder, 'the-verdict.txt'))
  writeFileSync(join(outFolder, 'THIRD-PARTY-LICENSES.txt'), thirdPartyLicences(modules))
}

/** Milliseconds; 0 for what is not there. */
function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
