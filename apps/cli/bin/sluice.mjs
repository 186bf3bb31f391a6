#!/usr/bin/env node
// Plain JavaScript for any Node: where the one that runs this is too old, the pinned one takes over.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const compiled = new URL('../dist/main.js', import.meta.url)
const [major = 0] = process.versions.node.split('.').map(Number)

const inCheckout = existsSync(new URL('../../../tools/setup/main.mjs', import.meta.url))

if (!existsSync(compiled)) {
  console.error('sluice: not built yet; run `npm run setup` in the folder of the checkout')
  process.exitCode = 1
} else if (major >= 24) {
  module.enableCompileCache()
  await import(compiled.href)
} else {
  const pinned = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url))
  if (!existsSync(pinned)) {
    console.error(
      `sluice: expected Node 24 or newer, got ${process.version}; ${inCheckout ? 'run `npm run setup`' : 'update Node: https://nodejs.org'}`,
    )
    process.exitCode = 1
  } else {
    const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
      stdio: 'inherit',
    })
    // The terminal sends Ctrl-C to both processes; this one waits for the other's clean stop.
    process.on('SIGINT', () => {})
    process.on('SIGTERM', () => child.kill('SIGTERM'))
    child.on('exit', (code, signal) => {
      if (signal === null) process.exitCode = code ?? 1
      else process.kill(process.pid, signal)
    })
  }
}
