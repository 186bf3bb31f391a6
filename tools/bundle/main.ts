/**
 * `node tools/bundle/main.ts [NAME…]`: the programs of `apps/` as few files, in `apps/NAME/dist`. A process that loads its 600 modules
 * one by one takes a third of a second longer to start, and so does each of its threads. Does nothing where the bundles are
 * newer than every source.
 */
import { globSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { lazyChildProcess } from './lazy-child-process.ts'
import { moduleUrls } from './module-urls.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Loaded from `node_modules` as they are: native code, files of their own beside them, or wanted by few. */
const notBundled = [
  /^onnxruntime-(?:node|web)/,
  /^@napi-rs\//,
  /^@opentelemetry\//,
  /^(?:bullmq|bullmq-otel|ioredis|pg|pino|prom-client)(?:\/|$)/,
]

const sources = [
  'package-lock.json',
  '{packages,apps}/*/package.json',
  '{packages,apps}/*/src/**/*.ts',
  'tools/bundle/*.ts',
]
const newest = Math.max(...globSync(sources, { cwd: root }).map((file) => modifiedAt(join(root, file))))

const apps = process.argv.length > 2 ? process.argv.slice(2) : ['cli', 'worker']
for (const app of apps) {
  const folder = join(root, 'apps', app)
  const outFolder = join(folder, 'dist')
  if (modifiedAt(join(outFolder, 'main.js')) > newest) continue
  rmSync(outFolder, { recursive: true, force: true })
  const bundle = await rolldown({
    input: {
      'task-thread': join(root, 'packages/pipeline/src/runners/task-thread.ts'),
      main: join(folder, 'src/main.ts'),
    },
    platform: 'node',
    external: notBundled,
    resolve: { conditionNames: ['@sluice/source', 'node', 'import', 'default'] },
    plugins: [moduleUrls(root, folder), lazyChildProcess()],
    logLevel: 'warn',
  })
  await bundle.write({ dir: outFolder, format: 'esm', sourcemap: true })
}

/** Milliseconds; 0 for what is not there. */
function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
