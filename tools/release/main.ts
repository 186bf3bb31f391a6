/**
 * Releases, by changesets: `npm run changeset` writes one; `npm run release -- version` makes the next version of all packages of
 * them; `npm run release -- publish [--dry-run]` publishes what the registry does not have.
 */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { addRelease, summaryOf } from './changelog.ts'
import type { Manifest } from './common-fields.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
/** The workspace that is released: the one that this is started in. */
const root = process.cwd()

const [command = '', ...args] = process.argv.slice(2)
if (command === 'changeset') changesets(args)
else if (command === 'version') version(args[0] ?? new Date().toISOString().slice(0, 10))
else if (command === 'publish') publish(args)
else {
  console.error(`Expected changeset, version or publish, got ${command || 'nothing'}`)
  process.exitCode = 2
}

function version(date: string): void {
  const summaries = globSync('.changeset/*.md', { cwd: root })
    .filter((file) => !file.endsWith('README.md'))
    .toSorted()
    .map((file) => summaryOf(readFileSync(join(root, file), 'utf8')))
  if (summaries.length > 0) changesets(['version'])
  const next = readManifest('packages/errors/package.json').version
  replace('CHANGELOG.md', (text) => addRelease(text, { version: next, date, summaries }))
  replace('packages/dataloader/python/pyproject.toml', (text) =>
    text.replace(/^version = ".*"$/m, `version = "${next}"`),
  )
  run('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'])
  console.log(`release: ${next}; look at the changes, and commit them`)
}

function publish(flags: readonly string[]): void {
  const workspaces = globSync('{packages,apps}/*/package.json', { cwd: root })
    .filter((path) => readManifest(path).private !== true)
    .flatMap((path) => ['--workspace', path.replace(/[\\/]package\.json$/, '')])
  // `prepack` of each compiles it, and lays the licences beside it.
  if (flags.includes('--dry-run')) run('npm', ['publish', '--dry-run', ...workspaces])
  else changesets(['publish'])
}

function readManifest(path: string): Manifest & { readonly version: string } {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest & { readonly version: string }
}

function replace(path: string, change: (text: string) => string): void {
  const text = readFileSync(join(root, path), 'utf8')
  writeFileSync(join(root, path), change(text))
}

/** Runs changesets, which only releases install. */
function changesets(flags: readonly string[]): void {
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--silent'], here)
  run(process.execPath, [join(here, 'node_modules/@changesets/cli/bin.js'), ...flags])
}

function run(program: string, programArgs: readonly string[], cwd = root): void {
  const shell = process.platform === 'win32'
  const { status } = spawnSync(program, programArgs, { cwd, stdio: 'inherit', shell })
  if (status !== 0) throw new Error(`${program} ${programArgs.join(' ')} ended with ${status}`)
}
