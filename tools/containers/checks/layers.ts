import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Bench, Check } from '../check.ts'
import { cloneProject } from '../project/clone.ts'

/** Changes a source, then a manifest, and sees which build installs packages again. */
export const layers: Check = {
  name: 'a changed source does not install the packages again, a changed manifest does',
  async run(bench) {
    const copy = join(bench.scratch, 'layers')
    await cloneProject(copy)
    await appendFile(join(copy, 'packages/queue/src/index.ts'), '\n// changed\n')
    await appendFile(join(copy, 'README.md'), '\nChanged.\n')
    const afterSource = await installsAgain(bench, copy)
    if (afterSource.length > 0) throw new Error(`A changed source ran again: ${afterSource.join('; ')}`)
    const manifest = join(copy, 'packages/queue/package.json')
    const text = await readFile(manifest, 'utf8')
    await writeFile(manifest, text.replace('"description": "', '"description": "Changed. '))
    const afterManifest = await installsAgain(bench, copy)
    if (afterManifest.length === 0)
      throw new Error('A changed manifest was built from the packages of the old one')
  },
}

/**
 * Builds until it is known: to the end, or until a step begins that installs packages.
 *
 * @returns the commands of those steps
 */
async function installsAgain({ engine }: Bench, folder: string): Promise<string[]> {
  const command = ['build', '--progress', 'plain', '--target', 'worker', '--tag', 'sluice-layers', folder]
  const child = spawn('docker', command, { env: engine.env, stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit') as Promise<[number | null]>
  const steps = new Map<string, string>()
  const begun = new Set<string>()
  const last: string[] = []
  for await (const line of createInterface({ input: child.stderr })) {
    last.push(line)
    const [, id = '', said = ''] = /^#(\d+) (.*)$/.exec(line) ?? []
    if (/^\[.*\] RUN npm ci/.test(said)) steps.set(id, said)
    // A step says CACHED, or the seconds since it began before each line that it writes, or DONE.
    else if (steps.has(id) && /^(?:[\d.]+ |DONE)/.test(said) && !said.startsWith('DONE 0.0s')) begun.add(id)
    if (begun.size > 0) child.kill('SIGTERM')
  }
  const [status] = await exited
  if (steps.size === 0)
    throw new Error(`No step of the build installs packages:\n${last.slice(-20).join('\n')}`)
  if (begun.size === 0 && status !== 0) throw new Error(`The build failed:\n${last.slice(-20).join('\n')}`)
  return [...begun].map((id) => steps.get(id) ?? '')
}
