import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const packageFolder = new URL('../../', import.meta.url)
const types: Readonly<Record<string, string>> = { '.wasm': 'application/wasm' }

/** A page served to a browser, and what its script posts to `/result`. */
export interface ServedPage {
  readonly url: string
  readonly result: Promise<unknown>
  close(): void
}

/**
 * Serve a page that runs `script`, a TypeScript module of this package, with `input` to be had from `/input`. All modules are one,
 * for browsers; the package's files are found from it as from the modules.
 */
export async function servePage(script: string, input: unknown): Promise<ServedPage> {
  const { promise: result, resolve } = Promise.withResolvers<unknown>()
  const page = `<!doctype html><meta charset="utf-8"><script type="module" src="/src/page/main.js"></script>`
  const code = await bundle(fileURLToPath(new URL(`.${script}`, packageFolder)))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/result') {
      resolve(JSON.parse(await text(request)))
      response.end()
    } else if (pathname === '/') {
      response.setHeader('content-type', 'text/html').end(page)
    } else if (pathname === '/src/page/main.js') {
      response.setHeader('content-type', 'text/javascript').end(code)
    } else if (pathname === '/input') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(input))
    } else {
      const file = await readFile(new URL(`.${pathname}`, packageFolder))
      response.setHeader('content-type', types[extname(pathname)] ?? 'application/octet-stream').end(file)
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(404).end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    result,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** A module and all that it imports, as one script for browsers. */
async function bundle(path: string): Promise<string> {
  const build = await rolldown({
    input: path,
    platform: 'browser',
    resolve: { conditionNames: ['@sluice/source', 'browser', 'import', 'default'] },
    logLevel: 'warn',
  })
  const { output } = await build.generate({ format: 'esm', codeSplitting: false })
  return output[0].code
}
