import { relative, sep } from 'node:path'
import type { Plugin } from 'rolldown'

/** A thread's file is beside the bundle that starts it. */
const besideTheBundle = 'packages/pipeline/src/runners/task-thread-handle.ts'

/**
 * Modules find their files (vocabularies, the kernel, threads) by `import.meta.url`. In a bundle that is the bundle's own
 * URL, so each becomes the URL of the compiled module in its package, wherever the package is installed.
 */
export function moduleUrls(root: string, app: string): Plugin {
  return {
    name: 'module-urls',
    transform(code, id) {
      const path = relative(root, id).split(sep).join('/')
      const [, folder, name, file] = /^(packages|apps)\/([^/]+)\/src\/(.+)\.ts$/.exec(path) ?? []
      if (folder === undefined || path === besideTheBundle || !code.includes('import.meta.url')) return null
      const base = id.startsWith(app + sep)
        ? 'new URL("../package.json", import.meta.url)'
        : `import.meta.resolve("@sluice/${name}/package.json")`
      return {
        code: code.replaceAll('import.meta.url', `new URL("dist/${file}.js", ${base}).href`),
        map: null,
      }
    },
  }
}
