import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown, type OutputAsset, type OutputChunk } from 'rolldown'
import { moduleUrls } from './module-urls.ts'
import { startChunks } from './start-chunks.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Loaded from `node_modules` as they are: native code, files of their own beside them, or wanted by few. */
const notBundled = [
  /^onnxruntime-(?:node|web)/,
  /^@napi-rs\//,
  /^@opentelemetry\//,
  /^(?:bullmq|bullmq-otel|ioredis|pg|pino|prom-client)(?:\/|$)/,
]

/** What a bundle is made of. */
export interface BundledProgram {
  /** Paths of the modules in it. */
  readonly modules: readonly string[]
  /** Names of the modules that it loads from elsewhere when it runs. */
  readonly imported: ReadonlySet<string>
}

/** Bundles a program that lies in `folder`, and the thread that tasks are done on, into few files in `outFolder`. */
export async function bundleProgram(
  folder: string,
  entries: Readonly<Record<string, string>>,
  outFolder: string,
): Promise<BundledProgram> {
  const bundle = await rolldown({
    input: { 'task-thread': join(root, 'packages/pipeline/src/runners/task-thread.ts'), ...entries },
    platform: 'node',
    external: notBundled,
    resolve: { conditionNames: ['@sluice/source', 'node', 'import', 'default'] },
    plugins: [moduleUrls(root, folder)],
    preserveEntrySignatures: 'allow-extension',
    logLevel: 'warn',
  })
  const split = await bundle.generate({ format: 'esm' })
  const { output } = await bundle.write({
    ...{ dir: outFolder, format: 'esm', sourcemap: 'hidden' },
    codeSplitting: startChunks(root, split.output.filter(isChunk)),
  })
  const chunks = output.filter(isChunk)
  const own = new Set(chunks.map((chunk) => chunk.fileName))
  const imports = chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports])
  const resolved = chunks.flatMap((chunk) =>
    [...chunk.code.matchAll(/import\.meta\.resolve\("([^"]+)"\)/g)].map(([, name = '']) => name),
  )
  return {
    modules: chunks.flatMap((chunk) => chunk.moduleIds),
    imported: new Set([...imports, ...resolved].filter((name) => !own.has(name))),
  }
}

function isChunk(file: OutputChunk | OutputAsset): file is OutputChunk {
  return file.type === 'chunk'
}
