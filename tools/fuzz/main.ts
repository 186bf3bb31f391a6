/** `npm run fuzz -- --minutes N --seed S --target PACKAGE`: draws inputs against a package, or against each that can be. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename, dirname } from 'node:path'

const targets = new Map(
  globSync('{packages,apps}/*/fuzz/main.ts').map((path) => [basename(dirname(dirname(path))), path]),
)
const args = process.argv.slice(2)
const at = args.indexOf('--target')
const wanted = at === -1 ? undefined : args.splice(at, 2)[1]
if (wanted !== undefined && !targets.has(wanted)) {
  console.error(`Unknown target ${wanted}: expected ${[...targets.keys()].join(', ')}`)
  process.exit(2)
}
for (const [name, path] of targets) {
  if (wanted !== undefined && name !== wanted) continue
  const { status } = spawnSync(process.execPath, ['--conditions=@sluice/source', path, ...args], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
