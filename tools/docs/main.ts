/**
 * `npm run docs`: builds the documentation, guides and reference as one static site, into `tools/docs/site`. Fails where a link leads
 * nowhere or something exported says nothing about itself. The code blocks of guides are run by `tools/check/readme.ts`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { optionsPage } from './options-page.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '../..')
const npmFlags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']

const schema = join(root, 'packages/pipeline/schema/run-config.schema.json')
mkdirSync(join(here, 'generated'), { recursive: true })
writeFileSync(
  join(here, 'generated/options.md'),
  optionsPage(JSON.parse(readFileSync(schema, 'utf8')) as Parameters<typeof optionsPage>[0]),
)
const typedoc = join(here, 'node_modules/typedoc/bin/typedoc')
if (!existsSync(typedoc)) must(here, 'npm', ['ci', '--ignore-scripts', ...npmFlags])
// A package's types are read from what the packages below it were compiled to.
must(root, 'npm', ['run', '--silent', 'build'])
must(here, process.execPath, [typedoc, '--options', 'typedoc.config.mjs'])
console.log(`docs: ${join(here, 'site/index.html')}`)

function must(cwd: string, command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
}
