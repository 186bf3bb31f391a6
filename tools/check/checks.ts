import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { testResultsFile } from './failed-tests.ts'

/** One of the checks that `npm test` makes. */
export interface Check {
  readonly name: string
  readonly command: readonly string[]
  /** Why it is left out where nobody asked for it by name; it is part of CI. @default it is always carried out */
  readonly onlyInCi?: string
  /** Not every machine can do it: CI does it where it can. */
  readonly needsOwnMachine?: boolean
  /** The check after which it begins, beside those that follow: it mostly waits. Its output comes in its own place. */
  readonly beginsAfter?: string
  /**
   * Begun beside others, it is given {@link heldFlag} and an input that stays open, and leaves until its end what wants a machine
   * with time: that is once this check is over.
   */
  readonly isHeldUntil?: string
}

/** Tells a check that is begun beside others that its input ends when it may do the rest. */
export const heldFlag = '--rest-after-input'

/** Whether these are CI's, where nothing that can be done is left out. */
export const isCi: boolean = process.env['CI'] === 'true'

/** A share of the test files, such as `2/12`, where there is no time for all: the rest is named as left out. Drawn inputs are as few. */
export const testsShare: string | undefined = process.env['SLUICE_TESTS_SHARE']

/** Whether tests make all of a matrix of which they otherwise draw some. */
export const allTestsAreMade: boolean = process.env['SLUICE_TESTS_FULL'] === 'true'

const fuzzMinutes = testsShare === undefined ? '1' : '0.1'

/** All checks, in the order in which a mistake is cheapest to find. */
export const checks: readonly Check[] = [
  { name: 'layers', command: ['node', 'tools/check/layers.ts'] },
  { name: 'security', command: ['node', 'tools/check/security.ts'] },
  { name: 'manifests', command: ['node', 'tools/release/manifests.ts'] },
  { name: 'lock', command: ['node', 'tools/setup/complete-lock.mjs', '--check'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'knip', command: ['knip', '--no-config-hints'] },
  { name: 'wasm', command: ['node', 'tools/wasm/main.ts', '--check'] },
  { name: 'unit', command: unitCommand() },
  { name: 'readme', command: ['node', 'tools/check/readme.ts'] },
  { name: 'docs', command: ['node', 'tools/docs/main.ts'] },
  {
    name: 'python',
    command: ['node', '--conditions=@sluice/source', 'packages/dataloader/tools/python/main.ts'],
  },
  {
    name: 'packages',
    command: ['node', 'tools/packages/main.ts'],
    onlyInCi: 'it installs two releases of Node and a browser; `npm run test:packages` does it',
  },
  {
    name: 'fuzz',
    command: [
      'npm',
      'run',
      '--silent',
      'fuzz',
      '--',
      '--minutes',
      fuzzMinutes,
      '--seed',
      '1',
      '--no-reference',
    ],
  },
  // It needs the packages of Python, which `readme` installs.
  { name: 'interop', command: ['node', 'tools/interop/main.ts'], beginsAfter: 'readme' },
  {
    name: 'containers',
    command: ['node', '--conditions=@sluice/source', 'tools/containers/main.ts'],
    needsOwnMachine: true,
    beginsAfter: 'wasm',
    isHeldUntil: 'unit',
    onlyInCi: 'it installs an engine of containers as root; `npm run test:containers` does it',
  },
]

/**
 * The tests of the queue start a real redis-server, which they install themselves where that needs nobody's leave. Where it
 * is out of reach they are left out, and said to be; under CI=true that is a failure.
 */
function unitCommand(): readonly string[] {
  const run = [
    ...['vitest', 'run', '--reporter=default', '--reporter=json'],
    `--outputFile.json=${testResultsFile}`,
    ...(testsShare === undefined ? [] : [`--shard=${testsShare}`]),
  ]
  if (isCi || redisIsWithinReach()) return run
  process.env['SLUICE_TESTS_WITHOUT_REDIS'] = 'true'
  return [...run, '--project', '!queue', '--project', '!worker', '--exclude', '**/queue.test.ts']
}

function redisIsWithinReach(): boolean {
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) return true
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0
}
