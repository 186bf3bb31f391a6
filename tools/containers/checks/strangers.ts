import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Check } from '../check.ts'
import { attempt, run } from '../engine/command.ts'
import { cloneProject } from '../project/clone.ts'
import { imageNames } from '../stand-ins/build-stand-ins.ts'

/** The last release of each Node that a reader of the README may have. */
const nodeVersions = ['20.20.2', '22.23.3', '24.21.0'] as const

/** The user `node` of the image. */
const user = 1000

/** The README's first command as somebody runs it who has Node and nothing else. */
export const demoOfStrangers: Check = {
  name: `\`npm run demo\` in a bare container, as nobody special, with Node ${nodeVersions.join(', ')}`,
  long: true,
  async run(bench) {
    for (const version of nodeVersions) {
      const output = await inBareContainer(bench, version, 'npm run demo')
      if (!output.includes('(8, 4, 256)')) {
        throw new Error(
          `Expected the demo to show the chapter's shape, got with Node ${version}:\n${output.slice(-2000)}`,
        )
      }
    }
  },
}

/** The second one: what this machine cannot do is left out, and said to be. */
export const testOfStrangers: Check = {
  name: `\`npm test\` in a bare container, with Node ${nodeVersions[1]}: all that can run passes, the rest is named`,
  long: true,
  async run(bench) {
    const output = await inBareContainer(bench, nodeVersions[1], 'npm test')
    const summary = /^checks: .*$/m.exec(output)?.[0] ?? 'no summary'
    bench.note(summary)
    for (const line of output.match(/^– .*$/gm) ?? []) bench.note(line)
    for (const left of ['queue', 'interop']) {
      if (!new RegExp(`^– ${left} skipped`, 'm').test(output)) {
        throw new Error(`Expected a line that ${left} was left out, got:\n${output.slice(-3000)}`)
      }
    }
  },
}

async function inBareContainer(bench: Bench, version: string, command: string): Promise<string> {
  const { engine, scratch, note } = bench
  const image = `sluice-stand-in/node-${version}`
  const file = join(import.meta.dirname, '../stand-ins/other-node.dockerfile')
  const context = join(scratch, 'nothing')
  await mkdir(context, { recursive: true })
  const { node } = await imageNames()
  const build = ['--build-arg', `NODE_IMAGE=${node}`, '--build-arg', `NODE_VERSION=${version}`]
  await engine.docker('build', '--quiet', '--tag', image, ...build, '--file', file, context)
  const clone = join(scratch, `stranger-${version}-${command.replaceAll(' ', '-')}`)
  await cloneProject(clone)
  await run(['chown', '--recursive', `${user}:${user}`, clone])
  const started = performance.now()
  const home = '/home/node/sluice'
  const options = ['--rm', '--init', '--volume', `${clone}:${home}`, '--workdir', home]
  const { status, stdout, stderr } = await attempt(
    ['docker', 'run', ...options, image, 'sh', '-c', `node --version && ${command} 2>&1`],
    { env: engine.env, timeoutMs: 3_600_000 },
  )
  const seconds = (performance.now() - started) / 1000
  note(`Node ${version}: \`${command}\` ended with ${status} after ${seconds.toFixed(0)} s`)
  const output = stdout + stderr
  if (status !== 0)
    throw new Error(`With Node ${version}, \`${command}\` ended with ${status}:\n${output.slice(-4000)}`)
  if (!output.startsWith(`v${version}\n`))
    throw new Error(`Expected Node ${version}, got ${output.split('\n')[0]}`)
  return output
}
