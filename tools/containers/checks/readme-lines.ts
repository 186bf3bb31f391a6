import { chown, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Check } from '../check.ts'
import { attempt, run, type CommandResult } from '../engine/command.ts'
import { cloneProject } from '../project/clone.ts'
import { repositoryRoot } from '@sluice/testing'
import { differences } from '../project/differences.ts'

/** Somebody whom neither this machine nor an image knows by name. */
const user = 4242

export const readmeLines: Check = {
  name: "a user of any uid runs README's lines in a fresh clone: healthy workers, an own dataset, a clean `git status`",
  async run(bench) {
    const clone = join(bench.scratch, 'readme')
    await cloneProject(clone)
    await run(['chown', '--recursive', `${user}:${user}`, clone])
    await chown(join(bench.engine.folder, 'docker.sock'), 0, user)
    const shell = (script: string): Promise<CommandResult> => asUser(bench, clone, script)
    try {
      const block = await readmeBlock(clone)
      const { status, stdout, stderr } = await shell(block)
      if (status !== 0)
        throw new Error(`README's lines ended with ${status}:\n${(stdout + stderr).slice(-2500)}`)

      const states = (
        await expectDone(shell(`docker compose ps --format '{{.Service}} {{.Health}}' worker`))
      ).split('\n')
      if (states.length !== 2 || states.some((line) => line !== 'worker healthy')) {
        throw new Error(`Expected two healthy workers, got: ${states.join(', ')}`)
      }
      const foreign = await run(['find', join(clone, 'data'), '-not', '-uid', String(user)])
      if (foreign !== '') throw new Error(`Files below data are somebody else's: ${foreign}`)
      const changed = await expectDone(shell('git status --porcelain'))
      if (changed !== '') throw new Error(`git status is not clean: ${changed}`)
      const [mode] = [((await stat(join(clone, '.env'))).mode & 0o777).toString(8)]
      if (mode !== '600')
        throw new Error(`Expected .env, which holds passwords, to be readable by its owner only, got ${mode}`)
      await sameAsOneProcess(bench, clone)

      await expectDone(shell('docker compose down'))
      await rm(join(clone, 'data'), { recursive: true })
      await expectDone(shell('docker compose up --detach --wait'))
      const made = await stat(join(clone, 'data'))
      if (made.uid !== user)
        throw new Error(`Expected the folder that Docker made to be given to ${user}, it is ${made.uid}'s`)

      await expectDone(shell('docker compose down'))
      await chown(join(clone, 'data'), 5555, 5555)
      const refused = await shell('docker compose up --detach --wait --wait-timeout 60')
      const log = await expectDone(shell('docker compose logs --no-log-prefix worker'))
      if (refused.status === 0)
        throw new Error("Expected `up --wait` to fail where the folder is somebody else's")
      if (
        !/"level":40.*\/data cannot be written: this worker is 4242:4242, it belongs to 5555:5555/.test(log)
      ) {
        throw new Error(
          `Expected a warning that names the folder and both users, got:\n${log.slice(0, 1500)}`,
        )
      }
    } finally {
      await shell("docker compose --profile '*' down --volumes --timeout 1")
    }
  },
}

/** The lines behind the README's mark for this test. */
async function readmeBlock(clone: string): Promise<string> {
  const readme = await readFile(join(clone, 'README.md'), 'utf8')
  const [, block] = /<!-- run by test:containers -->\n```sh\n(.*?)```/s.exec(readme) ?? []
  if (block === undefined)
    throw new Error('Expected the README to mark the lines that are run with containers')
  return block
}

async function asUser({ engine }: Bench, folder: string, script: string): Promise<CommandResult> {
  const file = join(engine.folder, `lines-${user}.sh`)
  await writeFile(file, script)
  const become = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups']
  const env = { ...engine.env, HOME: folder }
  return attempt([...become, 'bash', '-euo', 'pipefail', file], { cwd: folder, env })
}

async function expectDone(result: Promise<CommandResult>): Promise<string> {
  const { status, stdout, stderr } = await result
  if (status !== 0) throw new Error(`Expected exit code 0, got ${status}: ${(stdout + stderr).slice(-2000)}`)
  return stdout.trim()
}

/** Compares the dataset that README's lines made with what `sluice run` makes of the same corpus here. */
async function sameAsOneProcess(bench: Bench, clone: string): Promise<void> {
  const [name = ''] = (await readdir(join(clone, 'data'))).filter((entry) => entry.endsWith('.sluice'))
  const out = join(bench.scratch, 'readme-reference')
  const sluice = join(repositoryRoot, 'apps/cli/bin/sluice.mjs')
  const plan = JSON.parse(await readFile(join(clone, 'data', name, 'plan.json'), 'utf8')) as {
    readonly config: { readonly maxLength: number }
  }
  const options = ['--out', out, '--max-length', String(plan.config.maxLength)]
  await run(['node', sluice, 'run', 'corpus/*.txt', ...options], { cwd: join(clone, 'data') })
  const different = await differences(join(clone, 'data', name), out)
  if (different.length > 0)
    throw new Error(`Files differ from those of \`sluice run\`: ${different.join(', ')}`)
}
