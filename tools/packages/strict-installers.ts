import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expectQueueClient, here, newProject, useProgram } from './project.ts'
import { must } from './run.ts'
import type { Tarball } from './tarballs.ts'

const program = 'node_modules/@sluice/cli/bin/sluice.mjs'

/** Installs with pnpm without hoisting, where only what is declared is found; imports all, and makes a dataset. */
export function usePnpm(tarballs: readonly Tarball[], project: string): void {
  const files = filesOf(tarballs)
  newProject(project, { dependencies: files })
  const workspace = { hoist: false, overrides: files, minimumReleaseAge: 0 }
  writeFileSync(join(project, 'pnpm-workspace.yaml'), JSON.stringify(workspace))
  must(project, process.execPath, [
    join(here, 'node_modules/pnpm/bin/pnpm.cjs'),
    ...['install', '--ignore-scripts', '--prefer-offline', '--reporter=append-only'],
  ])
  must(project, process.execPath, ['import-all.mjs'])
  const sluice = (args: readonly string[]): string =>
    must(project, process.execPath, [join(project, program), ...args])
  useProgram(project, sluice)
  expectQueueClient(sluice)
}

/** The same with Yarn's Plug'n'Play: there is no node_modules, and packages are read from archives. */
export function useYarn(tarballs: readonly Tarball[], project: string): void {
  const files = filesOf(tarballs)
  newProject(project, { dependencies: files, resolutions: files })
  const settings = {
    nodeLinker: 'pnp',
    enableTelemetry: false,
    enableScripts: false,
    enableGlobalCache: false,
    npmMinimalAgeGate: 0,
    npmRegistryServer: must(project, 'npm', ['config', 'get', 'registry']).trim().replace(/\/$/, ''),
    unsafeHttpWhitelist: ['*'],
  }
  writeFileSync(join(project, '.yarnrc.yml'), JSON.stringify(settings))
  const yarn = (args: readonly string[]): string =>
    must(project, process.execPath, [join(here, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js'), ...args], {
      CI: 'false',
    })
  yarn(['install'])
  yarn(['node', 'import-all.mjs'])
  const sluice = (args: readonly string[]): string => yarn(['sluice', ...args])
  useProgram(project, sluice)
  expectQueueClient(sluice)
}

function filesOf(tarballs: readonly Tarball[]): Record<string, string> {
  return Object.fromEntries(tarballs.map(({ name, path }) => [name, `file:${path}`]))
}
