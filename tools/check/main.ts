/** `npm test`: every check of the project. */
import { resolve } from 'node:path'
import { allTestsAreMade, checks, heldFlag, isCi, testsShare, type Check } from './checks.ts'
import { failedTests, forgetTestResults, leftOutTests } from './failed-tests.ts'
import { runBeside, runCheck, type Beside } from './run-check.ts'

const only = process.argv.slice(2)
const unknown = only.filter((name) => !checks.some((check) => check.name === name))
if (unknown.length > 0) {
  console.error(
    `Unknown check ${unknown.join(', ')}: expected ${checks.map((check) => check.name).join(', ')}`,
  )
  process.exit(2)
}

// Checks start dozens of programs from source: what Node made of a file once, it takes from here.
process.env['NODE_COMPILE_CACHE'] ??= resolve('node_modules/.cache/node-compile')

/** The exit code by which a check says that something it needs is not on this machine, and what. */
const exitSkipped = 77

const outcomes = { passed: 0, failed: 0, skipped: 0 }
const lines: string[] = []
forgetTestResults()
/** Checks that were begun beside others. */
const begun = new Map<string, Beside>()
const isWanted = ({ name, onlyInCi }: Check): boolean =>
  only.length > 0 ? only.includes(name) : onlyInCi === undefined || isCi
for (const check of checks) {
  const { name, command, onlyInCi, needsOwnMachine = false } = check
  if (only.length > 0 && !only.includes(name)) continue
  if (!isWanted(check)) {
    outcomes.skipped += 1
    lines.push(`– ${name} skipped: ${onlyInCi}`)
    continue
  }
  console.log(`\n── ${name}: ${command.join(' ')}`)
  begun.get(name)?.letGo()
  const beside = await begun.get(name)?.ended
  beside?.print()
  const { status, seconds } = beside ?? (await runCheck(command))
  const skipped = status === exitSkipped && (needsOwnMachine || !isCi)
  const outcome = status === 0 ? 'passed' : skipped ? 'skipped' : 'failed'
  outcomes[outcome] += 1
  lines.push(
    `${outcome === 'passed' ? '✓' : outcome === 'skipped' ? '–' : '✗'} ${name} ${outcome} (${seconds.toFixed(1)} s)`,
  )
  for (const other of checks) {
    if (other.isHeldUntil === name) begun.get(other.name)?.letGo()
    if (other.beginsAfter === name && isWanted(other)) begun.set(other.name, begin(other))
  }
}

function begin({ command, isHeldUntil }: Check): Beside {
  return runBeside(isHeldUntil === undefined ? command : [...command, heldFlag])
}

if (process.env['SLUICE_TESTS_WITHOUT_REDIS'] === 'true') {
  outcomes.skipped += 1
  lines.push(
    '– queue skipped: redis-server is not on this machine (`sudo apt-get install redis-server`, `brew install redis`)',
  )
}
if (testsShare !== undefined) {
  outcomes.skipped += 1
  lines.push(`– unit in part: only share ${testsShare} of the test files (SLUICE_TESTS_SHARE)`)
}
if (!allTestsAreMade && checks.some((check) => check.name === 'unit' && isWanted(check)))
  lines.push(
    '– unit: half of the matrix of packages/queue/test/carriers.test.ts, drawn by the commit (SLUICE_TESTS_FULL=true makes all)',
  )
for (const failed of failedTests()) console.log(failed)
lines.push(...leftOutTests())
console.log(`\n${lines.join('\n')}`)
const skipped = outcomes.skipped > 0 ? `, ${outcomes.skipped} skipped` : ''
console.log(`\nchecks: ${outcomes.passed} passed, ${outcomes.failed} failed${skipped}`)
process.exitCode = outcomes.failed === 0 ? 0 : 1
