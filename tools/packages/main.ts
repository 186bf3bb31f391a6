/**
 * `npm run test:packages`: packs every package and uses the tarballs as strangers do, outside of this project: contents,
 * publint and attw; an npm project on three releases of Node, a pnpm project that finds nothing undeclared, and strict TypeScript.
 */
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
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { must, run } from './run.ts'
import { faultsOf, packAll, type Tarball } from './tarballs.ts'
import { nodeVersions } from './versions.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '../..')
const folder = mkdtempSync(join(tmpdir(), 'sluice-packages-'))
const npmFlags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
const outcome = { passed: 0, failed: 0 }

try {
  const tarballs = packAll(root, join(folder, 'tarballs'))
  must(here, 'npm', ['ci', '--ignore-scripts', ...npmFlags])
  check('tarballs hold licences and working links, and nothing else', () => {
    const faults = tarballs.flatMap((tarball) => faultsOf(tarball, readmeOf(tarball)))
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })
  for (const tarball of tarballs)
    check(`publint and attw find nothing in ${basename(tarball.path)}`, () => lint(tarball))
  const project = join(folder, 'npm')
  check('npm installs all of them into an empty project, without ONNX Runtime', () => {
    newProject(project)
    must(project, 'npm', ['install', '--ignore-scripts', ...npmFlags, ...tarballs.map(({ path }) => path)])
    const lock = readFileSync(join(project, 'package-lock.json'), 'utf8')
    if (lock.includes('"node_modules/onnxruntime')) throw new Error('ONNX Runtime was installed')
  })
  const node = Object.fromEntries(
    Object.entries(nodeVersions).map(([use, version]) => [use, installNode(version)]),
  ) as Record<keyof typeof nodeVersions, string>
  for (const use of ['libraries', 'programs'] as const) {
    check(`libraries run on Node ${nodeVersions[use]}, imported and required`, () => {
      must(project, node[use], ['import-all.mjs'])
      must(project, node[use], ['require-all.cjs'])
    })
  }
  check(`programs run on Node ${nodeVersions.programs}`, () => useProgram(project, node.programs))
  for (const use of ['refused', 'libraries'] as const) {
    check(`programs say on Node ${nodeVersions[use]} that they need Node 24`, () => {
      for (const program of ['cli/bin/sluice.mjs', 'worker/dist/main.js'])
        refuse(project, node[use], [`node_modules/@sluice/${program}`, '--version'])
    })
  }
  check('pnpm without hoisting finds every import declared', () => {
    const strict = join(folder, 'pnpm')
    const files = Object.fromEntries(tarballs.map(({ name, path }) => [name, `file:${path}`]))
    newProject(strict, { dependencies: files })
    const workspace = { hoist: false, overrides: files, minimumReleaseAge: 0 }
    writeFileSync(join(strict, 'pnpm-workspace.yaml'), JSON.stringify(workspace))
    must(strict, process.execPath, [
      join(here, 'node_modules/pnpm/bin/pnpm.cjs'),
      ...['install', '--ignore-scripts', '--prefer-offline', '--reporter=append-only'],
    ])
    must(strict, node.programs, ['import-all.mjs'])
    useProgram(strict, node.programs)
  })
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    check(`strict TypeScript compiles against them with moduleResolution ${moduleResolution}`, () => {
      const options = {
        module,
        moduleResolution,
        target: 'es2024',
        strict: true,
        noEmit: true,
        skipLibCheck: false,
      }
      const lib = ['es2024', 'esnext.disposable', 'dom']
      const compilerOptions = { ...options, exactOptionalPropertyTypes: true, lib, types: ['node'] }
      writeFileSync(
        join(project, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, files: ['use-types.ts'] }),
      )
      must(project, join(root, 'node_modules/.bin/tsc'), ['-p', '.'])
    })
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`packages: ${outcome.passed} passed, ${outcome.failed} failed`)
process.exitCode = outcome.failed === 0 ? 0 : 1

function check(title: string, carryOut: () => void): void {
  const started = performance.now()
  try {
    carryOut()
    outcome.passed += 1
    console.log(`✓ ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
  } catch (error) {
    outcome.failed += 1
    console.error(`✗ ${title}\n${(error as Error).message.replaceAll(/^/gm, '    ')}`)
  }
}

/** An empty project of a consumer, with what this folder tries in one. */
function newProject(path: string, fields: object = {}): void {
  mkdirSync(path)
  writeFileSync(join(path, 'package.json'), JSON.stringify({ private: true, type: 'module', ...fields }))
  cpSync(join(here, 'in-project'), path, { recursive: true })
  copyFileSync(join(root, 'examples/the-verdict.txt'), join(path, 'book.txt'))
  // The types that a TypeScript project for Node has.
  must(path, 'npm', [
    'install',
    '--ignore-scripts',
    ...npmFlags,
    '--no-save',
    `@types/node@${typesVersion()}`,
  ])
}

function typesVersion(): string {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>
  }
  return devDependencies['@types/node']!
}

function readmeOf({ name }: Tarball): string {
  const [path = ''] = globSync(`{packages,apps}/${name.split('/')[1]}/README.md`, { cwd: root })
  return readFileSync(join(root, path), 'utf8')
}

function lint({ path, files }: Tarball): void {
  const bin = join(here, 'node_modules/.bin')
  must(root, join(bin, 'publint'), ['run', path, '--strict'])
  // Programs have no types.
  if (files.some((file) => file.endsWith('.d.ts')))
    must(root, join(bin, 'attw'), [path, '--profile', 'esm-only'])
}

/** The path of a Node of the given version. */
function installNode(version: string): string {
  if (process.version === `v${version}`) return process.execPath
  const path = join(folder, `node-${version}`)
  mkdirSync(path)
  writeFileSync(join(path, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }')
  must(path, 'npm', ['install', '--ignore-scripts=false', ...npmFlags, `node@${version}`])
  return join(path, 'node_modules/node/bin/node')
}

/** Makes a dataset with the command line, on threads too, and verifies it. */
function useProgram(project: string, node: string): void {
  const sluice = join(project, 'node_modules/@sluice/cli/bin/sluice.mjs')
  // Tables of this width are drawn on a thread.
  const options = ['--max-length', '16', '--dim', '512', '--threads', '2', '--quiet']
  must(project, node, [sluice, 'run', 'book.txt', '--out', 'book', ...options])
  must(project, node, [sluice, 'verify', 'book', '--deep', '10'])
}

function refuse(project: string, node: string, args: readonly string[]): void {
  const { status, output } = run(project, node, args)
  if (status !== 1 || !/^sluice.*: expected Node 24 or newer, got v\d+[^\n]*\n$/.test(output))
    throw new Error(`${args[0]} ended with ${status}:\n${output}`)
}
