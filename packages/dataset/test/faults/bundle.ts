import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { source } from '../../../../vitest.project.ts'

/**
 * A child script of these tests with all it imports in one file: it starts in a third of the time, and another user can
 * read it.
 */
export async function bundleChild(name: string, outDir: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { ...source.ssr, noExternal: true },
    build: { ssr: fileURLToPath(new URL(`${name}.ts`, import.meta.url)), outDir },
  })
  return join(outDir, `${name}.js`)
}
