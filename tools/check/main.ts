/** `npm test`: every check of the project, in the order in which a mistake is cheapest to find. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { failedTests, forgetTestResults, leftOutTests, testResultsFile } from './failed-tests.ts'

interface Check {
  readonly name: string
  readonly command: readonly string[]
  /** Why it is left out where nobody asked for it by name; it is part of CI. @default it is always carried out */
  readonly onlyInCi?: string
  /** Not every machine can do it: CI does it where it can. */
  readonly needsOwnMachine?: boolean
}

const isCi = process.env['CI'] === 'true'

const checks: readonly Check[] = [
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
  { name: 'interop', command: ['node', 'tools/interop/main.ts'] },
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
    command: ['npm', 'run', '--silent', 'fuzz', '--', '--minutes', '1', '--seed', '1', '--no-reference'],
  },
  {
    name: 'containers',
    command: ['node', '--conditions=@sluice/source', 'tools/containers/main.ts'],
    needsOwnMachine: true,
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
  ]
  if (isCi || redisIsWithinReach()) return run
  process.env['SLUICE_TESTS_WITHOUT_REDIS'] = 'true'
  return [...run, '--project', '!queue', '--project', '!worker', '--exclude', '**/queue.test.ts']
}

function redisIsWithinReach(): boolean {
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) return true
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0
}

const only = process.argv.slice(2)
const unknown = only.filter((name) => !checks.some((check) => check.name === name))
if (unknown.length > 0) {
  console.error(
    `Unknown check ${unknown.join(', ')}: expected ${checks.map((check) => check.name).join(', ')}`,
  )
  process.exit(2)
}

/** The exit code by which a check says that something it needs is not on this machine, and what. */
const exitSkipped = 77

const outcomes = { passed: 0, failed: 0, skipped: 0 }
const lines: string[] = []
forgetTestResults()
for (const { name, command, onlyInCi, needsOwnMachine = false } of checks) {
  if (only.length > 0 && !only.includes(name)) continue
  if (onlyInCi !== undefined && only.length === 0 && !isCi) {
    outcomes.skipped += 1
    lines.push(`– ${name} skipped: ${onlyInCi}`)
    continue
  }
  console.log(`\n── ${name}: ${command.join(' ')}`)
  const started = performance.now()
  const { status, error } = spawnSync(command[0]!, command.slice(1), {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (error) console.error(error.message)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const skipped = status === exitSkipped && (needsOwnMachine || !isCi)
  const outcome = status === 0 ? 'passed' : skipped ? 'skipped' : 'failed'
  outcomes[outcome] += 1
  lines.push(
    `${outcome === 'passed' ? '✓' : outcome === 'skipped' ? '–' : '✗'} ${name} ${outcome} (${seconds} s)`,
  )
}

if (process.env['SLUICE_TESTS_WITHOUT_REDIS'] === 'true') {
  outcomes.skipped += 1
  lines.push(
    '– queue skipped: redis-server is not on this machine (`sudo apt-get install redis-server`, `brew install redis`)',
  )
}
for (const failed of failedTests()) console.log(failed)
lines.push(...leftOutTests())
console.log(`\n${lines.join('\n')}`)
const skipped = outcomes.skipped > 0 ? `, ${outcomes.skipped} skipped` : ''
console.log(`\nchecks: ${outcomes.passed} passed, ${outcomes.failed} failed${skipped}`)
process.exitCode = outcomes.failed === 0 ? 0 : 1
