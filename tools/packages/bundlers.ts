import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { here } from './project.ts'

/** What is used of the bundlers, which only this folder's own lock installs. */
interface Bundler {
  readonly build: (options: object) => Promise<unknown>
}

/** Builds the page of a project with Vite; returns the folder to serve. */
export async function buildWithVite(project: string): Promise<string> {
  const { build } = await load('vite')
  writeFileSync(join(project, 'index.html'), page('/in-browser.mjs'))
  const outDir = join(project, 'with-vite')
  await build({ root: project, configFile: false, logLevel: 'error', build: { outDir, target: 'esnext' } })
  return outDir
}

/** Builds the page of a project with esbuild; returns the folder to serve. */
export async function buildWithEsbuild(project: string): Promise<string> {
  const { build } = await load('esbuild')
  const outdir = join(project, 'with-esbuild')
  await build({
    ...{ absWorkingDir: project, entryPoints: ['in-browser-with-bytes.mjs'], outdir },
    ...{ bundle: true, format: 'esm', platform: 'browser', target: 'esnext', logLevel: 'error' },
    loader: { '.vocab': 'binary', '.wasm': 'binary' },
  })
  writeFileSync(join(outdir, 'index.html'), page('/in-browser-with-bytes.js'))
  return outdir
}

/** Builds the page of a project with webpack; returns the folder to serve. */
export async function buildWithWebpack(project: string): Promise<string> {
  const webpack = createRequire(join(here, 'package.json'))('webpack') as (
    options: object,
    done: (error: Error | null, stats?: WebpackStats) => void,
  ) => void
  const path = join(project, 'with-webpack')
  const { promise, resolve, reject } = Promise.withResolvers<WebpackStats>()
  webpack(
    {
      ...{ mode: 'production', target: 'web', context: project, entry: './in-browser.mjs' },
      ...{ output: { path, module: true, filename: 'in-browser.js' }, experiments: { outputModule: true } },
      // The vocabularies are larger than it likes.
      performance: { hints: false },
    },
    (error, stats) => (error === null ? resolve(stats!) : reject(error)),
  )
  const stats = await promise
  const said = stats.toString({ colors: false })
  if (stats.hasErrors() || stats.hasWarnings()) throw new Error(`webpack said\n${said}`)
  writeFileSync(join(path, 'index.html'), page('/in-browser.js'))
  return path
}

interface WebpackStats {
  readonly hasErrors: () => boolean
  readonly hasWarnings: () => boolean
  readonly toString: (options: object) => string
}

/** Bundles the command line once more, but for packages with native code, into a folder of a project; returns the program. */
export async function buildProgram(project: string): Promise<string> {
  const { build } = await load('esbuild')
  const outdir = join(project, 'program/dist')
  const installed = join(project, 'node_modules/@sluice/cli')
  mkdirSync(outdir, { recursive: true })
  // A program says its own version, and threads are started from the file beside it.
  copyFileSync(join(installed, 'package.json'), join(project, 'program/package.json'))
  await build({
    ...{
      absWorkingDir: project,
      entryPoints: [join(installed, 'dist/main.js'), join(installed, 'dist/task-thread.js')],
      outdir,
    },
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node24', logLevel: 'error' },
    external: ['onnxruntime-node', '@napi-rs/lzma', '@sluice/worker', 'bullmq', 'ioredis'],
    splitting: true,
  })
  return 'program/dist/main.js'
}

async function load(name: string): Promise<Bundler> {
  const path = createRequire(join(here, 'package.json')).resolve(name)
  const { default: fallback, ...module } = (await import(pathToFileURL(path).href)) as { default?: Bundler }
  return ('build' in module ? module : fallback) as Bundler
}

function page(script: string): string {
  return `<!doctype html><meta charset="utf-8"><script type="module" src="${script}"></script>`
}
