import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { text } from 'node:stream/consumers'
import { installDebianPackages } from '@sluice/testing'
import { mustAside } from './run.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** The path of a Chromium: `SLUICE_CHROMIUM`, or one on the PATH; Debian's is installed where that needs nobody's leave. */
export function findChromium(): string | undefined {
  const names = [process.env['SLUICE_CHROMIUM'], 'chromium', 'chromium-browser', 'google-chrome']
  const find = (): string | undefined =>
    names.find((name) => name !== undefined && spawnSync(name, ['--version']).status === 0)
  const found = find()
  if (found !== undefined) return found
  // 414 MB.
  installDebianPackages('chromium')
  return find()
}

/** The same beside what follows. */
export async function findChromiumAside(): Promise<string | undefined> {
  const path = await mustAside(import.meta.dirname, process.execPath, ['find-chromium.ts'])
  return path.trim() || undefined
}

/** Opens the page of a folder, served on this machine only; returns what its script posts to `/result`. */
export async function resultOfPage(chromium: string, folder: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/result') {
      response.end()
      text(request).then((body) => resolve(JSON.parse(body)), reject)
      return
    }
    const path = join(folder, normalize(pathname === '/' ? '/index.html' : pathname))
    readFile(path).then(
      (file) =>
        response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream').end(file),
      () => response.writeHead(404).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const profile = mkdtempSync(join(tmpdir(), 'sluice-chromium-'))
  // The page is ours, so no sandbox is needed, which containers and root often cannot have.
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--enable-logging=stderr',
  ]
  const browser = spawn(chromium, [...flags, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  browser.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = once(browser, 'exit')
  const timer = setTimeout(() => {
    const console = said.split('\n').filter((line) => line.includes('CONSOLE'))
    reject(new Error(`The page posted nothing in a minute:\n${console.join('\n')}`))
  }, 60_000)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    browser.kill()
    await ended
    server.closeAllConnections()
    server.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}
