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
  stopWithParent()
  module.enableCompileCache()
  await import(compiled.href)
} else {
  const file = process.platform === 'win32' ? 'node.exe' : 'node'
  const pinned = fileURLToPath(new URL(`../../../node_modules/node/bin/${file}`, import.meta.url))
  if (!existsSync(pinned)) {
    console.error(
      `sluice: expected Node 24 or newer, got ${process.version}; ${inCheckout ? 'run `npm run setup`' : 'update Node: https://nodejs.org'}`,
    )
    process.exitCode = 1
  } else {
    const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, SLUICE_STOP_WITH_PARENT: '1' },
    })
    // This process waits for the other's clean stop. A terminal sends Ctrl-C to both of them.
    const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
    process.on('SIGINT', () => onTerminal || child.kill('SIGINT'))
    process.on('SIGTERM', () => child.kill('SIGTERM'))
    process.on('SIGHUP', () => child.kill('SIGTERM'))
    child.on('exit', (code, signal) => {
      if (signal === null) process.exitCode = code ?? 1
      else process.kill(process.pid, signal)
    })
  }
}

/** Stops this process as SIGTERM does when the one that started it is killed, which cannot pass a signal on. */
function stopWithParent() {
  if (process.env.SLUICE_STOP_WITH_PARENT === undefined) return
  delete process.env.SLUICE_STOP_WITH_PARENT
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  // The channel alone does not keep this process alive.
  process.channel?.unref()
}
