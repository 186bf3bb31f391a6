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

/** Bundles a program that lies in `folder`, and the thread that tasks are done on, into few files in `outFolder`. */
export async function bundleProgram(
  folder: string,
  entries: Readonly<Record<string, string>>,
  outFolder: string,
): Promise<void> {
  const bundle = await rolldown({
    input: { 'task-thread': join(root, 'packages/pipeline/src/runners/task-thread.ts'), ...entries },
    platform: 'node',
    external: notBundled,
    resolve: { conditionNames: ['@sluice/source', 'node', 'import', 'default'] },
    plugins: [moduleUrls(root, folder), lazyChildProcess()],
    logLevel: 'warn',
  })
  await bundle.write({ dir: outFolder, format: 'esm', sourcemap: true })
}
