import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defaultServerConditions } from 'vite'
import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config'

/** Tests run the packages from source: `exports` resolve through the `@sluice/source` condition. */
export const source = {
  ssr: { resolve: { conditions: ['@sluice/source', ...defaultServerConditions] } },
}

/**
 * The same without Vite's condition for bundlers, by which the AWS client names modules that Node cannot read: they import others
 * without an extension.
 */
export const sourceForNode = {
  ssr: {
    resolve: {
      conditions: source.ssr.resolve.conditions.filter((condition) => condition !== 'module'),
    },
  },
}

/**
 * Node keeps what it compiled, for the processes and threads that tests start from source. Without it every one of them loads the
 * WebAssembly that strips types, and V8 ends the whole process now and then (`Check failed: jit_page.has_value()`) when a thread
 * that used it ends while its hot functions are still being compiled.
 */
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('node_modules/.cache/node-compile', import.meta.url),
)

/**
 * The tests of a package.
 *
 * How many files are tested at a time is said for every project: Vitest does not take it from the workspace, and by itself leaves
 * one core free, which on a machine of two means one file at a time. Half of what tests do is wait: for the disk, locks, processes.
 */
export function testsOf(
  name: string,
  options: NonNullable<TestProjectInlineConfiguration['test']> = {},
): ViteUserConfig {
  return defineConfig({
    ...source,
    test: {
      name,
      include: ['test/**/*.test.ts'],
      maxWorkers: availableParallelism() + 2,
      // Imports are half of the work of small files: those of a package share a process, and leave it as they found it.
      isolate: false,
      // On a busy machine everything takes many times as long.
      testTimeout: 240_000,
      hookTimeout: 240_000,
      ...options,
    },
  })
}
