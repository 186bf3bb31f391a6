/**
 * `npm run test:packages`: packs every package and uses the tarballs as strangers do, outside of this project: contents, publint
 * and attw; an npm project on three releases of Node, a pnpm project that finds nothing undeclared, strict TypeScript, the examples
 * of the READMEs, bundlers, Deno and a browser. `-- --quick` leaves out what takes longest: pnpm, Yarn, other releases of Node, Deno, the
 * browser.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { buildProgram, buildWithEsbuild, buildWithVite, buildWithWebpack } from './bundlers.ts'
import { check, finish, leaveOut } from './checks.ts'
import { findChromiumAside, resultOfPage } from './chromium.ts'
import {
  expectRefusal,
  here,
  installNode,
  newProject,
  npmFlags,
  root,
  typesOfNode,
  useProgram,
} from './project.ts'
import { readmeOf, runReadme, writeExamples } from './readmes.ts'
import { useDeno } from './other-runtimes.ts'
import { must } from './run.ts'
import { usePnpm, useYarn } from './strict-installers.ts'
import { tryPublish, tryVersion } from './release.ts'
import { faultsOf, packAll, publishedWorkspaces, type Tarball } from './tarballs.ts'
import { nodeVersions } from './versions.ts'

const isQuick = process.argv.includes('--quick')
const folder = mkdtempSync(join(tmpdir(), 'sluice-packages-'))
const project = join(folder, 'npm')

try {
  // What later checks need of the network comes while these compute.
  const fetched = isQuick ? undefined : fetchForLater()
  const tarballs = packAll(root, join(folder, 'tarballs'))
  must(here, 'npm', ['ci', '--ignore-scripts', ...npmFlags])
  await check('tarballs hold licences and working links, and nothing else', () => {
    const faults = tarballs.flatMap((tarball) => faultsOf(tarball, readmeOf(tarball)))
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })
  for (const tarball of tarballs)
    await check(`publint and attw find nothing in ${basename(tarball.path)}`, () => lint(tarball))
  await check('npm would publish all of them', () => tryPublish(publishedWorkspaces(root)))
  await check('a changeset becomes the next version of all of them', () =>
    tryVersion(join(folder, 'release')),
  )
  await check('npm installs all of them into an empty project, without ONNX Runtime', () => {
    newProject(project)
    const files = tarballs.map(({ path }) => path)
    must(project, 'npm', ['install', '--ignore-scripts', ...npmFlags, typesOfNode(), ...files])
    const lock = readFileSync(join(project, 'package-lock.json'), 'utf8')
    if (lock.includes('"node_modules/onnxruntime')) throw new Error('ONNX Runtime was installed')
  })
  await onNode('programs', process.execPath)
  await check('programs run, and show what they do where they are installed for all projects', () => {
    useProgram(project, sluiceOf('node_modules/@sluice/cli/bin/sluice.mjs'))
    // As the README says it: all tarballs, for all projects of a user.
    const files = tarballs.map(({ path }) => path)
    const prefix = join(folder, 'global')
    must(folder, 'npm', [
      'install',
      '--global',
      '--prefix',
      prefix,
      '--ignore-scripts',
      ...npmFlags,
      ...files,
    ])
    const sluice = join(prefix, process.platform === 'win32' ? 'sluice.cmd' : 'bin/sluice')
    const demo = must(folder, sluice, ['demo'])
    if (!/40\s+367\s+2885\s+1464/.test(demo)) throw new Error(`sluice demo printed\n${demo}`)
  })
  await check('the examples of the READMEs run', () => {
    for (const tarball of tarballs) runReadme(tarball.name, readmeOf(tarball), project, process.execPath)
    runReadme('README', readFileSync(join(root, 'README.md'), 'utf8'), project, process.execPath)
  })
  await checkTypes(tarballs)
  await check('esbuild bundles the command line, and the bundle runs', async () =>
    useProgram(project, sluiceOf(await buildProgram(project)), 'bundled'),
  )
  if (fetched !== undefined) {
    await checkOtherNodes(fetched)
    await check('pnpm without hoisting finds every import declared', () =>
      usePnpm(tarballs, join(folder, 'pnpm')),
    )
    await check("Yarn's Plug'n'Play does too, and reads from archives", () =>
      useYarn(tarballs, join(folder, 'yarn')),
    )
    await check('Deno imports all of them, and reads the dataset', () => useDeno(project))
    await checkBrowser(fetched)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = finish()

/** Runs a program of the project. */
function sluiceOf(program: string): (args: readonly string[]) => string {
  return (args) => must(project, process.execPath, [join(project, program), ...args])
}

async function onNode(use: keyof typeof nodeVersions, node: string): Promise<void> {
  await check(`libraries run on Node ${nodeVersions[use]}, imported and required`, () => {
    must(project, node, ['import-all.mjs'])
    must(project, node, ['require-all.cjs'])
  })
}

interface Fetched {
  readonly libraries: Promise<string>
  readonly refused: Promise<string>
  readonly chromium: Promise<string | undefined>
}

function fetchForLater(): Fetched {
  const fetched = {
    libraries: installNode(nodeVersions.libraries, folder),
    refused: installNode(nodeVersions.refused, folder),
    chromium: findChromiumAside(),
  }
  // Whoever waits for one of them is told; nobody else.
  for (const promise of Object.values(fetched)) promise.catch(() => {})
  return fetched
}

async function checkOtherNodes(fetched: Fetched): Promise<void> {
  const [libraries, refused] = await Promise.all([fetched.libraries, fetched.refused])
  await onNode('libraries', libraries)
  for (const [use, node] of [
    ['refused', refused],
    ['libraries', libraries],
  ] as const) {
    await check(`programs say on Node ${nodeVersions[use]} that they need Node 24`, () => {
      for (const program of ['cli/bin/sluice.mjs', 'worker/dist/main.js'])
        expectRefusal(project, node, [`node_modules/@sluice/${program}`, '--version'])
    })
  }
}

async function checkTypes(tarballs: readonly Tarball[]): Promise<void> {
  const files = ['use-types.ts', ...writeExamples(tarballs, project)]
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    await check(`strict TypeScript compiles against them with moduleResolution ${moduleResolution}`, () => {
      const checks = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true }
      const lib = ['es2024', 'esnext.disposable', 'dom']
      const compilerOptions = { ...checks, module, moduleResolution, target: 'es2024', lib, types: ['node'] }
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
      must(project, join(root, 'node_modules/.bin/tsc'), ['-p', '.'])
    })
  }
}

async function checkBrowser(fetched: Fetched): Promise<void> {
  const chromium = await fetched.chromium
  for (const [bundler, build] of [
    ['Vite', buildWithVite],
    ['esbuild', buildWithEsbuild],
    ['webpack', buildWithWebpack],
  ] as const) {
    const title = `a page that ${bundler} builds tokenizes in Chromium`
    if (chromium === undefined) {
      leaveOut(title, 'there is no Chromium (`apt-get install chromium`, or its path in SLUICE_CHROMIUM)')
      continue
    }
    await check(title, async () => {
      const ids = String(await resultOfPage(chromium, await build(project)))
      // tiktoken's gpt2 of "Hello world".
      if (ids !== '15496,995') throw new Error(`It gave ${ids}`)
    })
  }
}

function lint({ path, files }: Tarball): void {
  const bin = join(here, 'node_modules/.bin')
  must(root, join(bin, 'publint'), ['run', path, '--strict'])
  // Programs have no types.
  if (files.some((file) => file.endsWith('.d.ts')))
    must(root, join(bin, 'attw'), [path, '--profile', 'esm-only', '--exclude-entrypoints', './kernel.wasm'])
}
