import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, theVerdict, until } from '@sluice/testing'
import { expect, test } from 'vitest'
import { program } from './sluice.ts'

/** Makes the program believe that an older Node runs it, so that it starts the pinned one as its child. */
const oldNode = "Object.defineProperty(process.versions, 'node', { value: '20.19.0' })"

test.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s at the program that an older Node runs stops the run that it started',
  async (signal) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'old-node.cjs'), oldNode)
    writeFileSync(join(cwd, 'long.txt'), readFileSync(theVerdict, 'utf8').repeat(400))
    const run = [
      'run',
      'long.txt',
      '-o',
      'out',
      '--threads',
      '1',
      '--dim',
      '64',
      '--max-length',
      '64',
      '--json',
    ]
    const wrapper = spawn(process.execPath, ['--require', join(cwd, 'old-node.cjs'), program, ...run], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    wrapper.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    wrapper.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    await until(
      () => output.includes('"planned"'),
      120_000,
      () => `the run to be planned, got ${output}`,
    )
    wrapper.kill(signal)
    const [code, killedBy] = (await once(wrapper, 'exit')) as [number | null, string | null]
    // The output stays open as long as the child lives.
    if (!wrapper.stdout.closed) await once(wrapper.stdout, 'close')
    expect([code, killedBy]).toEqual(
      signal === 'SIGKILL' ? [null, signal] : [signal === 'SIGINT' ? 130 : 143, null],
    )
    expect(output).toContain('stopping; what is finished stays')
    expect(output).not.toContain('"event":"done"')
  },
)
