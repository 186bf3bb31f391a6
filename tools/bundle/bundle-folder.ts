/** `node tools/bundle/bundle-folder.ts FOLDER OUT NAME=FILE…`: bundles other programs than those of `apps/`, for tests. */
import { bundleProgram } from './bundle-program.ts'

const [folder, outFolder, ...entries] = process.argv.slice(2)
if (folder === undefined || outFolder === undefined || entries.length === 0)
  throw new Error('Expected FOLDER OUT NAME=FILE…')
await bundleProgram(
  folder,
  Object.fromEntries(entries.map((entry) => entry.split('=') as [string, string])),
  outFolder,
)
