/** `node tools/bundle/bundle-alone.ts OUT FILE…`: bundles programs that run without the workspace, with everything but native code in them. */
import { basename } from 'node:path'
import { rolldown } from 'rolldown'

const [outFolder, ...files] = process.argv.slice(2)
if (outFolder === undefined || files.length === 0) throw new Error('Expected OUT FILE…')
const bundle = await rolldown({
  input: Object.fromEntries(files.map((file) => [basename(file, '.ts'), file])),
  platform: 'node',
  external: [/^onnxruntime-node/],
  resolve: { conditionNames: ['@sluice/source', 'node', 'import', 'default'] },
  logLevel: 'warn',
})
await bundle.write({ dir: outFolder, format: 'esm' })
