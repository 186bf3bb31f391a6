import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { text } from 'node:stream/consumers'

const packageFolder = new URL('../../', import.meta.url)
// What the package's `imports` say for browsers, which know no conditions.
const imports = { '#read-asset': '/src/load/read-asset.browser.ts' }
const types: Readonly<Record<string, string>> = { '.ts': 'text/javascript', '.wasm': 'application/wasm' }

/** A page served to a browser, and what its script posts to `/result`. */
export interface ServedPage {
  readonly url: string
  readonly result: Promise<unknown>
  close(): void
}

/** Serve a page that runs `script`, a TypeScript module of this package, with `input` to be had from `/input`. */
export async function servePage(script: string, input: unknown): Promise<ServedPage> {
  const { promise: result, resolve } = Promise.withResolvers<unknown>()
  const page = `<!doctype html><meta charset="utf-8">
<script type="importmap">${JSON.stringify({ imports })}</script><script type="module" src="${script}"></script>`

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/result') {
      resolve(JSON.parse(await text(request)))
      response.end()
    } else if (pathname === '/') {
      response.setHeader('content-type', 'text/html').end(page)
    } else if (pathname === '/input') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(input))
    } else {
      const file = await readFile(new URL(`.${pathname}`, packageFolder))
      const isScript = extname(pathname) === '.ts'
      response.setHeader('content-type', types[extname(pathname)] ?? 'application/octet-stream')
      response.end(isScript ? stripTypeScriptTypes(file.toString()) : file)
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
