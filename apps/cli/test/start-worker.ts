import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'vitest'
import { program } from './sluice.ts'

/** `sluice worker` on any port, stopped at the end of the scope. */
export function startWorker(
  root: string,
  url: string,
  environment: Readonly<Record<string, string>> = {},
): AsyncDisposable {
  const flags = ['worker', '--redis', url, '--root', root, '--threads', '1', '--port', '0']
  const child = spawn(process.execPath, [program, ...flags], {
    stdio: 'ignore',
    env: { ...process.env, ...environment },
  })
  const exited = once(child, 'exit')
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      expect(await exited).toEqual([0, null])
    },
  }
}
