import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../repository.ts'

const folder = join(repositoryRoot, '.venv')
/** The packages of the environment. */
export const requirementsFile: string = join(
  repositoryRoot,
  'packages',
  'testing',
  'python',
  'requirements.txt',
)

/**
 * What a Python is given before the names of packages. Two attempts and a short wait: where a package index is out of reach, pip
 * would otherwise hang for minutes.
 */
export const pipInstall: readonly string[] = [
  ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
  ...['--retries', '1', '--timeout', '15'],
]

/**
 * The path of a Python with the packages of `requirements.txt`, in `.venv`, made on first use.
 * `undefined` where there is no Python 3.
 */
export function pythonEnvironment(): string | undefined {
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const stamp = join(folder, '.requirements')
  const wanted = createHash('sha256').update(readFileSync(requirementsFile)).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(python)) return python

  const base = ['python3', 'python'].find((name) =>
    run(name, ['-c', 'import sys, venv; assert sys.version_info >= (3, 9)'], 'ignore'),
  )
  if (base === undefined) return undefined
  console.log(
    'interop: making .venv with the packages of packages/testing/python/requirements.txt (once, about a minute)',
  )
  rmSync(folder, { recursive: true, force: true })
  const made = run(base, ['-m', 'venv', folder], 'inherit')
  if (!made || !run(python, [...pipInstall, '-r', requirementsFile], 'inherit')) {
    console.error('interop: could not install packages/testing/python/requirements.txt into .venv')
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
  return python
}

function run(command: string, args: readonly string[], stdio: 'ignore' | 'inherit'): boolean {
  return spawnSync(command, args, { stdio }).status === 0
}
