/**
 * `npm run test:python`: the package sluice-reader, linted, typed, built, and installed into a new environment without torch, where
 * its tests run on datasets that the TypeScript packages write. `-- --all` does that with every Python from 3.9 to 3.13 that the
 * machine has and numpy can be installed for, `-- --build FOLDER` only writes the wheel, the source archive and the single file.
 * Exit code 77: Python 3 is not on this machine.
 */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pipInstall, pythonEnvironment } from '@sluice/testing'
import { writeCases } from './write-cases.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const source = join(root, 'packages/dataloader/python')
const releases = ['3.9', '3.10', '3.11', '3.12', '3.13']

async function check(tools: string, all: boolean): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'sluice-python-'))
  try {
    must(source, tools, ['-m', 'ruff', 'check', '--no-cache', '.'])
    must(source, tools, ['-m', 'ruff', 'format', '--no-cache', '--check', '--quiet', '.'])
    must(source, tools, ['-m', 'mypy', '--cache-dir', join(work, 'mypy')])
    const modules = globSync('sluice_reader/**/*.py', { cwd: source })
    must(source, tools, ['-c', oldSyntax, ...modules])
    const there = releases.filter((release) => isThere(`python${release}`))
    for (const release of there) must(source, `python${release}`, ['-c', compile, ...modules])
    const compiled = there.length === 0 ? '' : `; Python ${there.join(', ')} compiles it`
    say(`ruff, mypy --strict and the syntax of Python 3.9 find nothing${compiled}`)
    const wheel = build(tools, join(work, 'dist'))
    must(work, tools, ['-m', 'mypy', '--strict', '--ignore-missing-imports', 'dist/sluice_reader.py'])
    say('wheel, source archive and single file are built, the file typed as the package is')
    const datasets = join(work, 'datasets')
    mkdirSync(datasets)
    await writeCases(datasets)
    const interpreters = all ? releases.map((release) => `python${release}`).filter(isThere) : [tools]
    for (const interpreter of interpreters) inNewEnvironment(interpreter, { work, wheel, datasets, tools })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

interface Built {
  readonly work: string
  readonly wheel: string
  readonly datasets: string
  /** The Python that has mypy. */
  readonly tools: string
}

/** Installs the wheel beside nothing but what it asks for, and runs the tests and the README there. */
function inNewEnvironment(interpreter: string, { work, wheel, datasets, tools }: Built): void {
  const environment = join(work, 'environment')
  rmSync(environment, { recursive: true, force: true })
  must(work, interpreter, ['-m', 'venv', environment])
  const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const tests = supportsTests(python) ? testsWith : 'pytest'
  const installed =
    interpreter === tools
      ? must(work, python, [...pipInstall, wheel, tests])
      : run(work, python, [...pipInstall, wheel, tests])
  if (/No matching distribution/.test(installed))
    return say(`${interpreter} has no numpy or pyarrow here: left out`)
  // Away from the sources, so that what is imported is what was installed.
  cpSync(join(source, 'tests'), join(work, 'tests'), { recursive: true })
  const single = join(work, 'dist/sluice_reader.py')
  const formats = join(root, 'packages/pipeline/test/fixtures/formats')
  const env = {
    SLUICE_TEST_DATASETS: datasets,
    SLUICE_TEST_FORMATS: formats,
    SLUICE_SINGLE_FILE: single,
  }
  const tested = must(work, python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'tests'], env)
  const consumer = join(work, 'consumer.py')
  writeFileSync(consumer, 'import sluice_reader\n\nlength: str = len(sluice_reader.open("dataset"))\n')
  const typed = run(work, tools, ['-m', 'mypy', '--strict', '--python-executable', python, consumer])
  if (!typed.includes('expression has type "int", variable has type "str"'))
    throw new Error(`mypy does not see the types of the wheel:\n${typed}`)
  for (const [index, code] of readmeBlocks().entries()) {
    const file = join(datasets, `block-${index}.py`)
    writeFileSync(file, code)
    must(datasets, python, [file])
  }
  const version = must(work, python, [
    '-c',
    'import sys, numpy, pyarrow; print(sys.version.split()[0], numpy.__version__, pyarrow.__version__)',
  ])
  const [release, numpy, pyarrow] = version.trim().split(' ')
  say(
    `Python ${release}, numpy ${numpy}, pyarrow ${pyarrow}: ${tested.trim().split('\n').at(-1)}; the README runs`,
  )
}

/** The blocks of the README that begin with an import: they read `dataset`. */
function readmeBlocks(): string[] {
  const readme = readFileSync(join(source, 'README.md'), 'utf8')
  return [...readme.matchAll(/```python\n(import .*?)```/gs)].map(([, code = '']) =>
    code.replaceAll('"dataset"', '"full"'),
  )
}

/** Builds into a folder; returns the path of the wheel. */
function build(tools: string, folder: string): string {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  copyFileSync(join(root, 'LICENSE'), join(source, 'LICENSE'))
  must(source, tools, ['-m', 'build', '--no-isolation', '--outdir', folder])
  must(source, tools, ['tools/single_file.py', join(folder, 'sluice_reader.py')])
  const [wheel] = globSync('*.whl', { cwd: folder })
  return join(folder, wheel!)
}

/** The pytest of `requirements.txt`, for Pythons that it still runs on. */
const [testsWith = 'pytest'] = readFileSync(join(root, 'packages/testing/python/requirements.txt'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('pytest=='))

function supportsTests(python: string): boolean {
  return spawnSync(python, ['-c', 'import sys; assert sys.version_info >= (3, 10)']).status === 0
}

function isThere(interpreter: string): boolean {
  return spawnSync(interpreter, ['-c', 'import venv'], { stdio: 'ignore' }).status === 0
}

/** Compiles files without leaving anything beside them. */
const compile = `
import sys
for path in sys.argv[1:]:
    compile(open(path, encoding="utf-8").read(), path, "exec")
`

const oldSyntax = `
import ast, sys
for path in sys.argv[1:]:
    ast.parse(open(path, encoding="utf-8").read(), path, feature_version=(3, 9))
`

function run(cwd: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const { stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return `${stdout}${stderr}`
}

function must(cwd: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  if (status === 0) return stdout
  console.error(
    `python: ${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}${error?.message ?? ''}`,
  )
  process.exit(1)
}

function say(line: string): void {
  console.log(`python: ${line}`)
}

const [flag, target] = process.argv.slice(2)
const python = pythonEnvironment()
if (python === undefined) {
  console.error('python: Python 3 is not on this machine; install python3 with venv to run these checks')
  process.exit(77)
}
if (flag === '--build') build(python, resolve(target ?? 'dist'))
else await check(python, flag === '--all')
