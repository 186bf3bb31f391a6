import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { repositoryRoot } from './repository.ts'

/** Global set-up of the tests that start programs as they are shipped: compiles what changed. */
export default function ensureBuild(): void {
  const tsc = join(repositoryRoot, 'node_modules', '.bin', 'tsc')
  for (const [command, ...args] of [
    [tsc, '-b', 'tsconfig.build.json'],
    [process.execPath, 'tools/bundle/main.ts'],
  ] as const) {
    // Windows starts `tsc.cmd` by its shell only.
    const shell = process.platform === 'win32' && command === tsc
    const { status } = spawnSync(command, args, { cwd: repositoryRoot, stdio: 'inherit', shell })
    if (status !== 0) throw new Error('Expected the programs to compile')
  }
}
