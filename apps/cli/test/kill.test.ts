import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import { program, sluice } from './sluice.ts'

/** Runs the command and kills it at its `events`-th event; true if it was still running then. */
async function killAfter(events: number, args: readonly string[], signal: NodeJS.Signals): Promise<boolean> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exit = new Promise<boolean>((resolve) => {
    child.on('exit', (code) => resolve(code !== 0))
  })
  let seen = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== '' && (seen += 1) === events) child.kill(signal)
  }
  return exit
}

test.each([
  ['windows', ['--dim', '8', '--max-length', '64']],
  ['token files', ['--to', 'megatron']],
])('a run of %s killed again and again resumes to the same bytes', async (_name, options) => {
  const folder = temporaryFolder()
  const text = join(folder, 'text.txt')
  // Above the size that is done inline, so that there are threads to be killed.
  writeFileSync(text, readFileSync(theVerdict, 'utf8').repeat(220))
  const args = ['run', text, '--json', '--threads', '2', ...options]
  expect((await sluice([...args, '--out', join(folder, 'whole')])).code).toBe(0)

  const out = join(folder, 'killed')
  const kills: boolean[] = []
  for (const [events, signal] of [
    [1, 'SIGKILL'],
    [3, 'SIGKILL'],
    [5, 'SIGTERM'],
    [8, 'SIGKILL'],
    [13, 'SIGINT'],
  ] as const) {
    kills.push(await killAfter(events, [...args, '--out', out], signal))
  }
  expect(kills).toContain(true)
  const last = await sluice([...args, '--out', out])
  expect(last.code).toBe(0)
  const manifest = (name: string): string => readFileSync(join(folder, name, 'manifest.json'), 'utf8')
  expect(manifest('killed')).toBe(manifest('whole'))
})
