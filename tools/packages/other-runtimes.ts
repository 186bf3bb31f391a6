import { join } from 'node:path'
import { here } from './project.ts'
import { must } from './run.ts'

/**
 * Imports all packages of a project that npm made, and reads its dataset, in Deno. It is given all rights: where what is open has a name
 * (`/proc/self/fd`), files are reached by it, which Deno guards like everything.
 */
export function useDeno(project: string): void {
  for (const program of ['import-all.mjs', 'read-dataset.mjs'])
    must(project, join(here, 'node_modules/.bin/deno'), [
      ...['run', '--no-prompt', '--no-lock', '--node-modules-dir=manual', '--allow-all', program],
    ])
}
