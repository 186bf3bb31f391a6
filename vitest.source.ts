import { fileURLToPath } from 'node:url'
import { defaultServerConditions } from 'vite'

/** Tests run the packages from source: `exports` resolve through the `@sluice/source` condition. */
export const source = {
  ssr: { resolve: { conditions: ['@sluice/source', ...defaultServerConditions] } },
}

/** Tests that start dozens of programs spend most of their time on compiling the same modules: Node keeps them here. */
export const compileCache = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node-compile', import.meta.url)),
}
