import { existsSync, readFileSync, rmSync } from 'node:fs'
import { relative } from 'node:path'

/** Where vitest's JSON reporter writes, relative to the root. */
export const testResultsFile = '.vitest/results.json'

interface TestResult {
  readonly fullName: string
  readonly status: string
  readonly failureMessages?: readonly string[]
}

interface TestFile {
  readonly name: string
  readonly status: string
  readonly message?: string
  readonly assertionResults: readonly TestResult[]
}

interface TestResults {
  readonly testResults: readonly TestFile[]
}

/** Forgets an earlier run's results, so that they are not taken for this one's. */
export function forgetTestResults(): void {
  rmSync(testResultsFile, { force: true })
}

/**
 * The failed tests of the last run, a block each: file, title and the first lines of what was thrown. Empty where no run left
 * results. They are said again after all checks, because the log of a CI run is often kept only in its last part.
 */
export function failedTests(): string[] {
  if (!existsSync(testResultsFile)) return []
  const { testResults } = JSON.parse(readFileSync(testResultsFile, 'utf8')) as TestResults
  return testResults.flatMap((file) => {
    const name = relative(process.cwd(), file.name)
    const failed = file.assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0 && file.message) return [`  ${name}\n${firstLines(file.message)}`]
    if (hasCrashed(file)) {
      const open = file.assertionResults.filter(isOpen)
      const first = `    ${open.length} tests have no result, the first of them: ${open[0]?.fullName}`
      return [
        `  ${name}: its process ended before its tests did ("Unhandled Errors" in the log says how)\n${first}`,
      ]
    }
    return failed.map(
      (test) => `  ${name}: ${test.fullName}\n${firstLines(test.failureMessages?.join('\n') ?? '')}`,
    )
  })
}

/** The tests of the last run that were left out, a line each: file and title. */
export function leftOutTests(): string[] {
  if (!existsSync(testResultsFile)) return []
  const { testResults } = JSON.parse(readFileSync(testResultsFile, 'utf8')) as TestResults
  return testResults.flatMap((file) =>
    (hasCrashed(file) ? [] : file.assertionResults)
      .filter(isOpen)
      .map((test) => `– left out: ${relative(process.cwd(), file.name)}: ${test.fullName}`),
  )
}

/** Whether the process that ran a file ended in the middle of it, of which no test can tell. */
function hasCrashed({ status, message, assertionResults }: TestFile): boolean {
  return status === 'failed' && !message && assertionResults.every((test) => test.status !== 'failed')
}

function isOpen({ status }: TestResult): boolean {
  return status !== 'passed' && status !== 'failed'
}

function firstLines(message: string): string {
  const lines = message.split('\n').slice(0, 20)
  return lines.map((line) => `    ${line.slice(0, 300)}`).join('\n')
}
