import { execFile } from 'node:child_process'
import { globSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'

const child = JSON.stringify(new URL('telemetry-child.ts', import.meta.url).href)
const inThread = `
  const { Worker } = await import('node:worker_threads')
  await new Promise((ended) => new Worker(new URL(${child}), { env: {}, execArgv: ['--conditions=@sluice/source'] }).on('exit', ended))`

/** Runs a module in a process that could keep something in its home; returns what ONNX Runtime kept there, and what was said. */
async function run(
  module: string,
  more: NodeJS.ProcessEnv = {},
): Promise<{ readonly kept: readonly string[]; readonly said: string }> {
  const home = temporaryFolder()
  const cache = join(home, '.cache')
  mkdirSync(cache)
  const env = { PATH: process.env['PATH'], HOME: home, XDG_CACHE_HOME: cache, ...more }
  const words = ['--conditions=@sluice/source', '--input-type=module', '--eval', module]
  const cwd = join(import.meta.dirname, '..')
  const { stderr } = await promisify(execFile)(process.execPath, words, { env, cwd })
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' })
  return { kept: files.filter((name) => name.endsWith('deviceid')), said: stderr }
}

test("ONNX Runtime's telemetry, which numbers the device, is off", async () => {
  expect(await run(`await import(${child})`)).toEqual({ kept: [], said: '' })
})

// To see it at work would be to send something.
test.runIf(process.platform === 'linux')('the switch is the one that the library looks for', () => {
  const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  const [library = ''] = globSync(`bin/*/linux/${process.arch}/libonnxruntime.so*`, { cwd: runtime })
  expect(readFileSync(join(runtime, library)).includes('ORT_DISABLE_TELEMETRY\0')).toBe(true)
})

test('a thread, which cannot turn it off, says so', async () => {
  // The process has it turned off, which a thread with an environment of its own does not see.
  const { said } = await run(inThread, { ORT_DISABLE_TELEMETRY: '1' })
  expect(said).toContain('start the process with ORT_DISABLE_TELEMETRY=1')
})
