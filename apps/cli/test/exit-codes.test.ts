import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SluiceError, type ErrorCodes } from '@sluice/errors'
import { expect, test } from 'vitest'
import { describeError, ExitCode } from '../src/exit-code.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Codes that end `sluice` with 1, something that may work next time, or with 130, stopped by the caller. All others: 2. */
const exceptions: Readonly<Record<string, Readonly<Record<string, ExitCode>>>> = {
  'packages/corpus': { 'not-readable': 1, 'http-status': 1, network: 1, 'missing-dependency': 1 },
  'packages/dataloader': { superseded: 130, closed: 130, 'worker-failed': 1 },
  'packages/dataset': {
    corrupt: 1,
    incomplete: 1,
    conflict: 1,
    'not-found': 1,
    'no-space': 1,
    'read-only': 1,
    io: 1,
    aborted: 130,
  },
  'packages/embedding': { closed: 130 },
  'packages/pipeline': { 'no-space': 1, 'poisonous-task': 1, 'broken-state': 1, aborted: 130 },
  'packages/queue': { 'queue-unreachable': 1, cancelled: 1 },
  'packages/tokenizer': { 'target-too-small': 130 },
  'packages/torch-random': {},
  'apps/cli': { 'run-failed': 1, 'output-failed': 1, aborted: 130 },
}

class AnyError extends SluiceError {}

const tables = globSync('{packages,apps}/*/src/errors.ts', { cwd: root })

test.each(tables)('each error of %s ends the program with the exit code of its blame', async (file) => {
  const { codes } = (await import(join(root, file))) as { readonly codes: ErrorCodes }
  const folder = file.replaceAll('\\', '/').replace('/src/errors.ts', '')
  const expected = exceptions[folder] ?? {}
  const found = Object.fromEntries(
    Object.entries(codes).map(([code, handling]) => [
      code,
      describeError(new AnyError(code, handling, 'a message')).exitCode,
    ]),
  )
  expect(found).toMatchObject(expected)
  const blameOf = (code: string) => {
    const handling = codes[code]!
    return typeof handling === 'string' ? handling : handling.blame
  }
  for (const [code, exitCode] of Object.entries(found)) {
    expect(exitCode, code).toBe({ input: 2, machine: 1, caller: 130 }[blameOf(code)])
  }
})

test('the tables of all packages are looked at', () => {
  expect(tables.map((file) => file.replace('/src/errors.ts', '')).toSorted()).toEqual(
    expect.arrayContaining(Object.keys(exceptions).toSorted()),
  )
})

test('an error that nobody threw on purpose keeps its stack and ends the program with 1', () => {
  const { line, exitCode } = describeError(new TypeError('x is undefined\u001b[2J'))
  expect(line).toMatch(/^sluice: unexpected TypeError: x is undefined\\x1b\[2J\n +at /)
  expect(exitCode).toBe(1)
})

test.each(['README.md', 'apps/cli/README.md'])('%s lists every exit code', (file) => {
  const text = readFileSync(join(root, file), 'utf8').replaceAll('\n', ' ')
  const [, list] = /Exit codes: (.*?)\./i.exec(text) ?? []
  expect([...(list ?? '').matchAll(/(?:^|; )(\d+) /g)].map(([, code]) => Number(code))).toEqual(
    Object.values(ExitCode),
  )
})

test('a stop before anything knows of a run is one line, not a bug', () => {
  const { reason } = AbortSignal.abort()
  expect(describeError(reason)).toEqual({
    line: 'sluice: stopped; give the same command again',
    exitCode: ExitCode.interrupted,
  })
})
