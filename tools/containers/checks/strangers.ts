import { existsSync } from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { lotOfCommit } from '@sluice/testing'
import type { Bench, Check } from '../check.ts'
import { attempt, run } from '../engine/command.ts'
import { cloneProject } from '../project/clone.ts'
import { imageNames } from '../stand-ins/build-stand-ins.ts'

/** The last release of each Node that a reader of the README may have. */
const nodeVersions = ['20.20.2', '22.23.3', '24.21.0'] as const

/** The user `node` of the image. */
const user = 1000

/** CI has no time for all tests with each release: with which one it makes which share of them, the commit says. */
const lot = lotOfCommit()
const drawn = nodeVersions[lot % nodeVersions.length] ?? nodeVersions[0]
const shares = 12
const share = `${(Math.floor(lot / nodeVersions.length) % shares) + 1}/${shares}`

/** What a bare container cannot do, by the beginning of the line that must say so: whole checks, and test files. */
const leftOutChecks: readonly RegExp[] = [
  /^– queue skipped: redis-server is not on this machine/m,
  /^– interop skipped/m,
  /^– python skipped/m,
  /^– packages skipped: /m,
  /^– containers skipped: /m,
]
const leftOutTests: readonly RegExp[] = [
  /^– left out: packages\/dataset\/test\/faults\/full-disk\.test\.ts: /m,
  /^– left out: packages\/tokenizer\/test\/browser\.test\.ts: /m,
  /^– left out: apps\/cli\/test\/batch\/slurm\.test\.ts: /m,
]

/** The README's first command as somebody runs it who has Node and nothing else. */
const demosOfStrangers: readonly Check[] = nodeVersions.map((version) => ({
  name: `\`npm run demo\` in a bare container, as nobody special, with Node ${version}`,
  // There the tests follow on a demo.
  long: version === drawn,
  async run(bench) {
    expectDemo(version, await inBareContainer(bench, version, 'npm run demo'))
  },
}))

/** Both commands, one after the other: what this machine cannot do is left out, and said to be. */
const testsOfStrangers: readonly Check[] = nodeVersions.map((version) => ({
  name: `\`npm test\` in a bare container that made the demo, with Node ${version}: all that can run passes, the rest is named`,
  long: true,
  run: (bench) => makeTests(bench, version, 'npm test', [...leftOutChecks, ...leftOutTests]),
}))

const shareOfStrangers: Check = {
  name: `\`npm test\` in a bare container that made the demo, with Node ${drawn} and share ${share} of the test files`,
  async run(bench) {
    const ofShare = new RegExp(`^– unit in part: only share ${share} `, 'm')
    await makeTests(bench, drawn, `SLUICE_TESTS_SHARE=${share} npm test`, [...leftOutChecks, ofShare])
    bench.note('the commit chose this Node and share; --long makes all tests with each Node')
  },
}

/** @param expected the lines that must say what was left out */
async function makeTests(
  bench: Bench,
  version: string,
  command: string,
  expected: readonly RegExp[],
): Promise<void> {
  const output = await inBareContainer(bench, version, `npm run demo && ${command}`)
  expectDemo(version, output)
  bench.note(/^checks: .*$/m.exec(output)?.[0] ?? 'no summary')
  for (const line of output.match(/^– .*$/gm) ?? []) bench.note(line)
  const unsaid = expected.filter((line) => !line.test(output))
  if (unsaid.length > 0)
    throw new Error(
      `Expected these lines about what was left out: ${unsaid.join(', ')}\n${output.slice(-3000)}`,
    )
}

/** The tests that are made before the demos: they take longest. */
export const strangers: readonly Check[] = [shareOfStrangers, ...testsOfStrangers, ...demosOfStrangers]

function expectDemo(version: string, output: string): void {
  if (!output.startsWith(`v${version}\n`))
    throw new Error(`Expected Node ${version}, got ${output.split('\n')[0]}`)
  if (!output.includes('(8, 4, 256)'))
    throw new Error(`Expected the demo to show the chapter's shape, got:\n${output.slice(-2000)}`)
}

/** Runs a command in a clone that is in a container of Node and nothing else; returns what it printed. */
async function inBareContainer(bench: Bench, version: string, command: string): Promise<string> {
  const { engine, scratch, note } = bench
  const image = `sluice-stand-in/node-${version}`
  const file = join(import.meta.dirname, '../stand-ins/other-node.dockerfile')
  const context = join(scratch, 'nothing')
  await mkdir(context, { recursive: true })
  const { node } = await imageNames()
  const build = ['--build-arg', `NODE_IMAGE=${node}`, '--build-arg', `NODE_VERSION=${version}`]
  await engine.docker('build', '--quiet', '--tag', image, ...build, '--file', file, context)
  const clone = join(scratch, 'sluice')
  await cloneProject(clone)
  const cache = await packagesOfNpm(dirname(scratch))
  await run(['chown', '--recursive', `${user}:${user}`, clone])
  const started = performance.now()
  const home = '/home/node/sluice'
  const options = ['--rm', '--init', '--volume', `${clone}:${home}`, '--workdir', home]
  options.push('--volume', `${cache}:/home/node/.npm`, '--env', 'npm_config_prefer_offline=true')
  const { status, stdout, stderr } = await attempt(
    ['docker', 'run', ...options, image, 'sh', '-c', `exec 2>&1; node --version && ${command}`],
    { env: engine.env, timeoutMs: 5_400_000 },
  )
  const seconds = (performance.now() - started) / 1000
  note(`Node ${version}: \`${command}\` ended with ${status} after ${seconds.toFixed(0)} s`)
  const output = stdout + stderr
  if (status !== 0)
    throw new Error(
      `With Node ${version}, \`${command}\` ended with ${status}:\n${output.split('\n').slice(-80).join('\n')}`,
    )
  return output
}

const caches = new Map<string, Promise<string>>()

/**
 * A folder for npm's cache that containers share, with what this machine's has: what `npm ci` installs, it has just installed
 * here too. It is a copy, as the containers' user owns it.
 */
function packagesOfNpm(scratch: string): Promise<string> {
  const make = async (): Promise<string> => {
    const folder = join(scratch, 'npm-cache')
    await mkdir(folder, { recursive: true })
    const here = join(await run(['npm', 'config', 'get', 'cache']), '_cacache')
    // What is on its way comes and goes.
    const filter = (path: string): boolean => !path.startsWith(join(here, 'tmp'))
    if (existsSync(here)) await cp(here, join(folder, '_cacache'), { recursive: true, filter })
    await run(['chown', '--recursive', `${user}:${user}`, folder])
    return folder
  }
  const made = caches.get(scratch) ?? make()
  caches.set(scratch, made)
  return made
}
