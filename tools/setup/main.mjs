// Installs what the README's two commands need, and does nothing when it is there.
// Plain JavaScript for any Node >= 20: it runs before the pinned Node 24 is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const windows = process.platform === 'win32'
const pinnedNode = join(root, 'node_modules', '.bin', windows ? 'node.cmd' : 'node')
const stamp = join(root, 'node_modules', '.sluice-setup')

const [major] = process.versions.node.split('.').map(Number)
if (major < 20) fail(`Expected Node 20 or newer to set Sluice up, got ${process.version}: https://nodejs.org`)

const started = performance.now()
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(`${process.platform}-${process.arch}`)
  .digest('hex')
const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''

if (installed !== wanted || !existsSync(pinnedNode)) {
  say('installing the packages named in package-lock.json (once, about a minute)')
  run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    PATH: `${bootstrapNode()}${process.env.PATH}`,
  })
  say('installing the pinned Node 24 (npm package `node`; yours stays as it is)')
  run('npm', ['rebuild', '--ignore-scripts=false', '--loglevel=error', 'node'])
  if (!existsSync(pinnedNode)) fail(`Expected npm to link ${pinnedNode}: delete node_modules and try again`)
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}
// Both look at what changed first: about 0.4 s when nothing did.
run(join(root, 'node_modules', '.bin', windows ? 'tsc.cmd' : 'tsc'), ['-b', 'tsconfig.build.json'])
run(pinnedNode, ['tools/bundle/main.ts'])
if (performance.now() - started > 3000)
  say(`ready after ${((performance.now() - started) / 1000).toFixed(0)} s`)

/**
 * npm leaves out what does not name the Node it runs on, native packages first of all. So where this Node is older than the
 * pinned one, npm is run by the pinned one, from a folder of its own. Returns what goes before PATH.
 */
function bootstrapNode() {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const [pinnedMajor] = devDependencies.node.split('.').map(Number)
  if (major >= pinnedMajor) return ''
  const folder = join(root, '.node')
  const bin = join(folder, 'node_modules', 'node', 'bin')
  if (!existsSync(join(bin, windows ? 'node.exe' : 'node'))) {
    mkdirSync(folder, { recursive: true })
    const manifest = {
      private: true,
      allowScripts: { node: true },
      dependencies: { node: devDependencies.node },
    }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    run('npm', [
      'install',
      '--prefix',
      folder,
      '--ignore-scripts=false',
      '--no-fund',
      '--no-audit',
      '--loglevel=error',
    ])
  }
  return `${bin}${delimiter}`
}

function run(command, args, environment = {}) {
  const env = { ...process.env, ...environment }
  // The shell of Windows, which alone starts `.cmd` files, is given one line: what has spaces in it needs quotes.
  const [program, ...words] = [command, ...args].map((word) =>
    windows && word.includes(' ') ? `"${word}"` : word,
  )
  const { status, error } = spawnSync(program, words, { cwd: root, stdio: 'inherit', shell: windows, env })
  if (error) fail(`Could not start \`${command}\`: ${error.message}`)
  if (status !== 0) fail(`\`${command} ${args.join(' ')}\` failed with exit code ${status}`)
}

function say(line) {
  console.error(`setup: ${line}`)
}

function fail(line) {
  console.error(`setup: ${line}`)
  process.exit(1)
}
